"""The setting `track` in the workflow: jobs write curves, results and what is up to date stay as they are."""

import json
import shutil
from pathlib import Path

import pytest

from tests.jobs.curves import of_tensorboard
from tests.workflow.smoke import snakemake

RUN = "pretrain/ant-cave/heads4/seed0"
RESULTS = Path("results/smoke")
METRICS = str(RESULTS / RUN / "metrics.csv")
TRACKED = ("--config", "track=[tensorboard]")


@pytest.mark.slow(40)
@pytest.mark.usefixtures("forked_jobs")
def test_a_tracked_run_has_a_curve_and_the_same_bytes(checkout: Path) -> None:
    found = []
    for settings, other in ((TRACKED, ()), ((), TRACKED)):
        run = snakemake(checkout, *settings, "--", METRICS, cores=1)
        assert run.returncode == 0, run.stderr
        assert "Nothing to be done" in snakemake(checkout, *other, "--", METRICS).stderr
        found.append((checkout / RESULTS / "checkpoints" / RUN / "policy.safetensors").read_bytes())
        curve = of_tensorboard(checkout / RESULTS / "tracked/tensorboard" / RUN)
        if settings:
            assert [(step, points["env_steps"]) for step, points in curve] == [(0, 160), (1, 320), (2, 480)]
        else:
            assert curve == []
            assert "track" not in json.dumps(json.loads((checkout / RESULTS / RUN / "metrics.record.json").read_text()))
        shutil.rmtree(checkout / RESULTS)
    assert found[0] == found[1]


@pytest.mark.slow(6)
def test_a_results_folder_that_cannot_hold_curves_stops_before_any_job(checkout: Path) -> None:
    (checkout / "results").write_text("no folder")
    run = snakemake(checkout, *TRACKED, "--", METRICS)
    assert run.returncode != 0
    assert "config: track: cannot write into results/smoke/tracked, for " in run.stderr
    assert (checkout / "results").read_text() == "no folder"
