"""workflow/profiles/gpu: jobs that move ants wait for one another, although there are cores for both."""

import json
from pathlib import Path

import pytest

from tests.workflow.smoke import snakemake

RUNS = [f"results/smoke/pretrain/ant-cave/heads1/seed{seed}/metrics.csv" for seed in (0, 1)]


def times(checkout: Path) -> list[tuple[float, float]]:
    """Return when the jobs that Snakemake recorded began and ended, in seconds, in their order."""
    records = [json.loads(file.read_text()) for file in (checkout / ".snakemake/metadata").iterdir()]
    # A record for each file, with one end for all files of a job, and beginnings that are milliseconds apart.
    return sorted({record["endtime"]: (record["starttime"], record["endtime"]) for record in records}.values())


# Two cores, which the profile must leave one of idle.
@pytest.mark.slow(20)
@pytest.mark.usefixtures("forked_jobs")
@pytest.mark.parametrize(("profile", "apart"), [(["--profile", "workflow/profiles/gpu"], True), ([], False)])
def test_one_job_at_a_time_has_the_gpu(checkout: Path, profile: list[str], apart: bool) -> None:
    run = snakemake(checkout, *profile, "--", *RUNS)
    assert run.returncode == 0, run.stderr
    first, second = times(checkout)
    assert (second[0] >= first[1]) == apart
