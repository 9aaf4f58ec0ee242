"""A Slurm for all tests of this folder, a checkout that runs on it, and what an undisturbed training makes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slurm.cluster import MARK, Cluster, obstacle, remove_links_of_the_dead
from tests.slurm.pipeline import TIMEOUT, Pipeline, environment, result, training_job

WAIT = 900.0
"""Seconds that a worker of pytest-xdist waits for another's Slurm to end: there is place for one."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running Slurm; where none can be started, the tests are skipped."""
    if reason := obstacle():
        pytest.skip(reason)
    _wait_for_the_place()
    cluster = Cluster(tmp_path_factory.mktemp(MARK))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def _wait_for_the_place() -> None:
    end = time.monotonic() + (WAIT if "PYTEST_XDIST_WORKER" in os.environ else 0.0)
    while True:
        try:
            return remove_links_of_the_dead()
        except RuntimeError:
            if time.monotonic() > end:
                raise
        time.sleep(1.0)


@pytest.fixture
def pipeline(checkout: Path, cluster: Cluster) -> Iterator[Pipeline]:
    """A fresh copy of the project whose jobs go to Slurm; none of them outlives the test."""
    pipeline = Pipeline(checkout, cluster)
    yield pipeline
    pipeline.close()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """What the training job makes when neither Snakemake nor Slurm has a part in it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    policy, metrics = folder / "policy.safetensors", folder / "metrics.csv"
    command = [sys.executable, "-m", "kmyriad.stages.pretrain", "--job", training_job().model_dump_json()]
    command += ["--policy", str(policy), "--metrics", str(metrics)]
    subprocess.run(command, env=environment(Path.cwd()), check=True, capture_output=True, timeout=TIMEOUT)
    return result(policy, metrics)
