"""A checkout whose workflow runs on the cluster, at smoke scale, and what can be done to its one training job."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml
from snakemake.utils import update_config

from kmyriad.jobs.state import JobState
from kmyriad.pipeline.configure import configure
from kmyriad.settings import PretrainJob
from tests.slurm.cluster import Cluster, wait_until

# Seconds that nothing here needs, even where everything takes three times longer than on a busy machine of two cores.
TIMEOUT = 600
RUN = "ant-cave/heads4/seed0"
METRICS = f"results/smoke/pretrain/{RUN}/metrics.csv"
EPOCHS = 3
# One run of each rule. The state is saved after each epoch, and an epoch takes a second or more: Slurm and Snakemake
# must leave training the time to end it.
SETTINGS = {
    "environments": ["ant-cave"],
    "heads": [4],
    "seeds": [0],
    "pretrain": {"envs": 40, "horizon": 300, "epochs": EPOCHS, "checkpoint_seconds": 0},
    "jumpstart": {"inits": ["heads4"]},
}
SECONDS = ["seconds_rollout", "seconds_neighbours", "seconds_update"]


def training_job() -> PretrainJob:
    """Return the settings that the rule pretrain gives to its one job."""
    merged: dict = {}
    for file in ("config/config.yaml", "config/smoke.yaml"):
        update_config(merged, yaml.safe_load(Path(file).read_text()))
    update_config(merged, SETTINGS)
    config = configure(merged)
    pretrain = config.trainings()["ant-cave"].pretrain
    return PretrainJob(environment=config.environment("ant-cave"), heads=4, seed=0, pretrain=pretrain)


def result(policy: Path, metrics: Path) -> tuple[bytes, str]:
    """Return the policy's bytes and the metrics without the columns that time makes."""
    return policy.read_bytes(), pd.read_csv(metrics).drop(columns=SECONDS).to_csv()


def environment(root: Path) -> dict[str, str]:
    """Return variables with which the rules' "python" is the one that runs the tests and imports from `root`."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Run:
    """One Snakemake process; `output` has its stdout and stderr."""

    process: subprocess.Popen
    output: Path

    def text(self) -> str:
        """Return what it has said so far."""
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        """Wait until it has said `words`."""
        wait_until(lambda: words in self.text() or self.process.poll() is not None, f"no {words!r}", TIMEOUT)
        assert words in self.text(), self.text()

    def finish(self) -> str:
        """Wait for its end, which must be a good one, and return what it said."""
        assert self.process.wait(TIMEOUT) == 0, self.text()
        return self.text()

    def fail(self) -> str:
        """Wait for its end, which must be a failure, and return what it said."""
        assert self.process.wait(TIMEOUT) == 1, self.text()
        return self.text()


class Pipeline:
    """The checkout `root`, its runs of Snakemake and its jobs on `cluster`."""

    def __init__(self, root: Path, cluster: Cluster) -> None:
        self.root, self.cluster = root, cluster
        self.state = JobState.of(training_job(), (root / METRICS).parent)
        self._runs: list[Run] = []
        (root / "slurm.yaml").write_text(yaml.safe_dump(SETTINGS))

    def start(self, *arguments: str) -> Run:
        """Start Snakemake with the profile as it stands, but for the seconds before it looks after its jobs."""
        program = [sys.executable, str(Path(__file__).with_name("impatient.py"))]
        profile = ["--profile", "workflow/profiles/slurm", "--slurm-init-seconds-before-status-checks", "1"]
        command = [*program, *arguments, *profile, "--configfile", "config/smoke.yaml", "slurm.yaml"]
        output = self.root / f"run{len(self._runs)}.txt"
        with open(output, "w") as file:
            process = subprocess.Popen(
                command, cwd=self.root, env=environment(self.root), stdout=file, stderr=file, start_new_session=True
            )
        self._runs.append(Run(process, output))
        return self._runs[-1]

    def hold_training(self, run: Run) -> tuple[int, str]:
        """Wait until training has saved a state, stop it there (SIGSTOP), and return its process and its job's number.

        Slurm sends SIGCONT with each signal of its own, so it goes on by itself then.
        """
        wait_until(lambda: self.state.path.exists() or run.process.poll() is not None, "no state was saved", TIMEOUT)
        assert run.process.poll() is None, run.text()
        pid = int(self.state.lock.read_text().split()[0])
        os.kill(pid, signal.SIGSTOP)
        (job,) = self.cluster.jobs()
        return pid, job

    def log(self) -> str:
        """Return what the last attempt of training said."""
        return (self.root / f"results/smoke/logs/pretrain/{RUN}.log").read_text()

    def trained(self) -> tuple[bytes, str]:
        """Return what the training job made, as `result` does."""
        return result(self.root / f"results/smoke/checkpoints/pretrain/{RUN}/policy.safetensors", self.root / METRICS)

    def fates(self) -> list[str]:
        """Return how each Slurm job of this checkout ended, in that order."""
        return [record["JobState"] for record in self.cluster.records(self.root)]

    def close(self) -> None:
        """Leave no process behind."""
        for run in self._runs:
            run.process.kill()
            run.process.wait(TIMEOUT)
        self.cluster.cancel_all()
