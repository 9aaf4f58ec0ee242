"""A Slurm for all tests of this folder, a checkout that runs on it, and what an undisturbed training makes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slurm.cluster import MARK, Cluster, obstacle, remove_links_of_the_dead
from tests.slurm.pipeline import TIMEOUT, Pipeline, environment, result, training_job


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running Slurm; where none can be started, the tests are skipped."""
    if reason := obstacle():
        pytest.skip(reason)
    remove_links_of_the_dead()
    cluster = Cluster(tmp_path_factory.mktemp(MARK))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


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
