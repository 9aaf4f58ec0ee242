"""The profile for clusters, on a real Slurm that is started for these tests: one node that claims 8 cores and a GPU."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.slow

# Training whose length does not depend on how busy the machine is: an epoch sleeps for PACE seconds, or fails.
PACED = """
import os, time
from kmyriad.estimators import entropy_and_credit

def entropy(particles, k):
    time.sleep(float(os.environ.get("PACE", 0)))
    if "BROKEN" in os.environ:
        raise ValueError("broken on purpose")
    return entropy_and_credit(particles, k)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project as a fresh clone would be, and the module `paced`."""
    folder = tmp_path_factory.mktemp("project")
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    wanted = [file for file in files if os.path.lexists(ROOT / file) and not file.startswith("results/")]
    subprocess.run(["cp", "--parents", "--no-dereference", *wanted, str(folder)], cwd=ROOT, check=True)
    (folder / "paced.py").write_text(PACED)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Slurm of our own, whose daemons end with the tests."""
    folder = tmp_path_factory.mktemp("slurm")
    ports = {"CTL_PORT": str(free_port()), "NODE_PORT": str(free_port())}
    command = ["timeout", "-k", "5", "600", str(ROOT / "tests/slurm/slurm_up.sh"), str(folder)]
    up = subprocess.run(command, env={**os.environ, **ports}, capture_output=True, text=True)
    if up.returncode == 77:
        pytest.skip(up.stderr.splitlines()[-1])
    assert up.returncode == 0, up.stdout + up.stderr
    try:
        yield
    finally:
        subprocess.run([str(ROOT / "tests/slurm/slurm_down.sh"), str(folder)], check=True)
    assert not os.path.lexists("/etc/slurm/slurm.conf")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Run(NamedTuple):
    """A main process of Snakemake and the file that all its words go to."""

    process: subprocess.Popen
    output: Path

    def said(self) -> str:
        return self.output.read_text()

    def end(self, code: int = 0, seconds: float = 600) -> str:
        try:
            assert self.process.wait(seconds) == code, self.said()
        finally:
            self.process.kill()
        return self.said()

    def job(self) -> str:
        """The number of the Slurm job that was submitted last."""
        return wait_for(lambda: re.findall(r"submitted with SLURM jobid (\d+)", self.said()), "Slurm job", self)[-1]


def snakemake(project: Path, *arguments: str, settings: str, profile: bool = True, **variables: str) -> Run:
    """Start Snakemake in `project` with `settings` over those of smoke scale, through the profile unless told otherwise."""
    name = f"run{time.monotonic_ns()}"
    (project / f"{name}.yaml").write_text(f"environments: [ant-maze]\nseeds: [0]\n{settings}")
    where = ["--profile", "workflow/profiles/slurm", "--profile", "tests/slurm/profile"] if profile else ["--cores", "1"]
    command = [*arguments, *where, "--configfile", "config/smoke.yaml", f"{name}.yaml"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with open(project / f"{name}.txt", "w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", *command],
            cwd=project,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(project), **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Run(process, Path(output.name))


def wait_for(condition: Callable[[], object], what: str, run: Run, seconds: float = 240):
    """Return what `condition` gives as soon as that is true, while `run` lives."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert run.process.poll() is None and time.monotonic() < deadline, f"no {what}; Snakemake said:\n{run.said()}"
        time.sleep(0.2)
    return found


def slurm(*command: str) -> str:
    return subprocess.run(["timeout", "-k", "5", "60", *command], capture_output=True, text=True, check=True).stdout


def state_of(job: str) -> str:
    return slurm("squeue", "--noheader", "--states=all", "--format=%T", f"--jobs={job}").strip()


class Training(NamedTuple):
    """A paced pretraining job with a results folder of its own."""

    project: Path
    name: str
    epochs: int
    checkpoint_seconds: int = 0

    @property
    def results(self) -> Path:
        return self.project / "results" / self.name

    def start(self, *arguments: str, profile: bool = True, **variables: str) -> Run:
        pretrain = f"{{objective: 'paced:entropy', epochs: {self.epochs}, checkpoint_seconds: {self.checkpoint_seconds}}}"
        settings = f"results: results/{self.name}\npretrain: {pretrain}\n"
        target = f"results/{self.name}/pretrain/ant-maze/heads4/seed0/metrics.csv"
        return snakemake(self.project, target, *arguments, settings=settings, profile=profile, **variables)

    def policy(self) -> bytes:
        return (self.results / "checkpoints/pretrain/ant-maze/heads4/seed0/policy.safetensors").read_bytes()

    def policy_of_a_calm_run(self) -> bytes:
        """The same job without Slurm, that nothing disturbs and that does not sleep."""
        calm = self._replace(name=f"{self.name}-calm")
        calm.start("--nolock", profile=False).end()
        return calm.policy()

    def saved(self) -> bool:
        return any(self.results.glob("pretrain/ant-maze/heads4/seed0/.state-*.safetensors"))

    def resumed_at(self) -> int:
        """The epoch from which the last attempt went on, from its log."""
        log = (self.results / "logs/pretrain/ant-maze/heads4/seed0.log").read_text()
        return int(re.search(r"going on from .*, epoch (\d+)", log)[1])


@pytest.fixture(scope="module")
def over_time(project: Path, _slurm: None) -> tuple[Training, Run]:
    """Training that needs longer than its limit of two minutes, begun first because nothing else takes so long.

    Its state is saved when a signal asks for it and at no other time. Slurm looks twice a minute whose time is near.
    """
    training = Training(project, "over-time", epochs=130, checkpoint_seconds=3600)
    limits = ["pretrain:runtime=2", "pretrain:slurm_extra='--signal=USR1@20'"]
    return training, training.start("--nolock", "--set-resources", *limits, PACE="1")


SMOKE = ["figures/fig5.pdf", "figures/fig7.pdf", "figures/fig13.pdf", "tables/table1.csv"]


@pytest.mark.usefixtures("over_time")
def test_smoke_graph_through_the_profile(project: Path) -> None:
    targets = [f"results/smoke/{target}" for target in SMOKE]
    said = snakemake(project, *targets, settings="").end()
    assert all((project / target).exists() for target in targets)
    name = re.search(r"SLURM run ID: (\S+)", said)[1]
    states = slurm("squeue", "--noheader", "--states=all", "--format=%T", f"--name={name}").split()
    assert set(states) == {"COMPLETED"}
    # 2 pretrain, 2 finetune, fig5, fig7, fig13, table1, and one each for the groups prepare, choose and measure
    assert len(states) == 11
    assert "Nothing to be done" in snakemake(project, *targets, settings="").end()


def test_cancelled_training_is_submitted_again_and_goes_on(project: Path) -> None:
    training = Training(project, "cancelled", epochs=40)
    gpu = ["--set-resources", "pretrain:slurm_partition=gpu", "pretrain:gpu=1"]
    run = training.start(*gpu, PACE="0.3")
    job = run.job()
    wait_for(training.saved, "saved state", run)
    assert "Partition=gpu" in (details := slurm("scontrol", "show", "job", job))
    assert "TresPerJob=gres:gpu:1" in details
    slurm("scancel", job)
    said = run.end()
    assert f"SLURM-job '{job}' failed, SLURM status is: 'CANCELLED'" in said
    assert training.resumed_at() >= 1
    assert training.policy() == training.policy_of_a_calm_run()


def test_failing_job_is_named_with_its_error(project: Path) -> None:
    training = Training(project, "broken", epochs=1)
    run = training.start("--retries", "0", BROKEN="yes")
    said = run.end(code=1)
    assert "Error in rule pretrain" in said
    assert "pretrain 4 heads in ant-maze, seed 0" in said
    assert f"SLURM-job '{run.job()}' failed" in said
    assert "error: broken on purpose" in said


def test_killed_main_process_and_a_second_copy(project: Path) -> None:
    training = Training(project, "copies", epochs=60)
    first = training.start(PACE="0.5")
    job = first.job()
    wait_for(training.saved, "saved state", first)
    first.process.kill()
    first.process.wait()
    training.start("--unlock").end()
    said = training.start("--retries", "0").end(code=1)
    assert re.search(r"pretraining ant-maze, 4 heads, seed 0 is already running \(process \d+ on ", said)
    assert state_of(job) == "RUNNING"
    slurm("scancel", job)
    wait_for(lambda: state_of(job) == "CANCELLED", "the end of the live job", first)
    training.start().end()
    assert training.resumed_at() >= 1
    assert training.policy() == training.policy_of_a_calm_run()


def test_training_over_its_time_limit_saves_and_goes_on(over_time: tuple[Training, Run]) -> None:
    training, run = over_time
    said = run.end()
    assert re.search(r"stopped by SIGUSR1 after epoch \d+; run it again to go on from there", said)
    assert training.resumed_at() >= 1
    assert training.policy() == training.policy_of_a_calm_run()
