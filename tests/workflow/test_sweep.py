"""A grid over settings in the workflow: killed in the middle, it goes on and ends with the same bytes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.workflow.smoke import environment, snakemake

SWEEP = """
pretrain: {epochs: 40, checkpoint_seconds: 0}
sweep:
  environment: ant-maze
  heads: [4]
  grid: {trust_region.passes: [1, 2]}
"""
LABELS = [f"ant-maze@trust_region.passes={passes}" for passes in (1, 2)]
SEEDS = ("--config", "seeds=[0]")


def target(results: str) -> tuple[str, ...]:
    return f"results={results}", "--", f"{results}/figures/sweep.pdf"


def made(folder: Path) -> dict[str, bytes]:
    """Return the policies of all points, and the numbers that the figure draws."""
    runs = {label: folder / "checkpoints/pretrain" / label / "heads4/seed0/policy.safetensors" for label in LABELS}
    return {name: path.read_bytes() for name, path in {**runs, "sweep": folder / "figures/sweep.csv"}.items()}


def kill_once_saved(checkout: Path, results: str) -> None:
    """Start the sweep and kill Snakemake with its jobs as soon as a job has saved a state."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", "config/smoke.yaml", "sweep.yaml"]
    command += [*SEEDS, *target(results)]
    with subprocess.Popen(
        command, cwd=checkout, env=environment(checkout), stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 120
        while not list((checkout / results / "pretrain").glob("*/*/*/.state-*.safetensors")):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.slow(60)
def test_a_killed_sweep_goes_on_and_ends_with_the_same_bytes(checkout: Path, request: pytest.FixtureRequest) -> None:
    (checkout / "sweep.yaml").write_text(SWEEP)
    kill_once_saved(checkout, "results/killed")
    request.getfixturevalue("forked_jobs")  # a fork would have outlived the kill
    assert not (checkout / "results/killed/figures/sweep.csv").exists()
    assert snakemake(checkout, "--unlock", config="sweep.yaml").returncode == 0
    for results in ("results/killed", "results/whole"):
        run = snakemake(checkout, *SEEDS, *target(results), config="sweep.yaml")
        assert run.returncode == 0, run.stderr
    logs = (checkout / "results/killed/logs/pretrain").rglob("*.log")
    assert any("going on from" in log.read_text() for log in logs)
    found = made(checkout / "results/killed")
    assert found == made(checkout / "results/whole")
    assert len(set(found.values())) == 3, "every point is a training of its own"
