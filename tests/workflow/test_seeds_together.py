"""`seeds_together`: one job for all seeds of a setting, with the bytes of a job for each."""

import re
import shutil
from pathlib import Path

import pytest

from tests.workflow.smoke import snakemake

TOGETHER = ("--config", "seeds_together=true")
SETTING = "results/smoke/{}pretrain/ant-cave/heads4/seed{}/{}"
METRICS = [SETTING.format("", seed, "metrics.csv") for seed in (0, 1)]
POLICIES = [SETTING.format("checkpoints/", seed, "policy.safetensors") for seed in (0, 1)]


@pytest.mark.slow(40)
@pytest.mark.usefixtures("forked_jobs")
def test_one_job_makes_what_two_do(checkout: Path) -> None:
    found = []
    for override, jobs in ((TOGETHER, "pretrain_seeds +1"), ((), "pretrain +2")):
        run = snakemake(checkout, *override, "--", *METRICS, cores=1)
        assert run.returncode == 0, run.stderr
        assert re.search(rf"^{jobs}$", run.stdout + run.stderr, re.MULTILINE), run.stderr
        assert "Nothing to be done" in snakemake(checkout, *override, "--", *METRICS).stderr
        found.append([(checkout / policy).read_bytes() for policy in POLICIES])
        shutil.rmtree(checkout / "results/smoke")
    assert found[0] == found[1] and found[0][0] != found[0][1]


@pytest.mark.slow(6)
def test_what_has_other_seeds_has_a_job_for_each(untouched: Path) -> None:
    # `all`, and a seed that the config does not name.
    other = METRICS[0].replace("seed0", "seed7")
    plan = snakemake(untouched, *TOGETHER, "--dry-run", "--quiet", "rules", "--", "all", other)
    assert plan.returncode == 0, plan.stderr
    # 3 (2 environments and a control) x 2 numbers of heads, 2 budgets of Fig. 6, 2 of Fig. 10; by themselves Fig. 4, 2 of the
    # bridge and `other`.
    assert re.search(r"^pretrain_seeds +10$", plan.stdout, re.MULTILINE), plan.stdout
    assert re.search(r"^pretrain +4$", plan.stdout, re.MULTILINE), plan.stdout
