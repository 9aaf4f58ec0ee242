"""All seeds of a setting in one process: the same bytes as alone, also when it is killed between two of them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kmyriad.settings import PretrainJob
from kmyriad.stages.pretrain import pretrain
from kmyriad.stages.pretrain_seeds import main
from tests.stages.test_pretrain import JOB, result

# One worker: what they compare with is made once.
pytestmark = pytest.mark.xdist_group("pretrain_seeds")

SEEDS = (3, 4, 0)
FILES = ["metrics.csv", "metrics.record.json", "policy.json", "policy.safetensors"]


def job(seed: int) -> dict:
    # No state is saved on the way.
    return {**JOB, "seed": seed, "pretrain": {**JOB["pretrain"], "checkpoint_seconds": 1e6}}


def folders(root: Path) -> list[Path]:
    return [root / str(seed) for seed in SEEDS]


def arguments(root: Path) -> list[str]:
    policies, metrics = ([str(folder / name) for folder in folders(root)] for name in ("policy.safetensors", "metrics.csv"))
    return ["--job", json.dumps({"jobs": [job(seed) for seed in SEEDS]}), "--policies", *policies, "--metrics", *metrics]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[bytes, str]]:
    root = tmp_path_factory.mktemp("alone")
    for seed, folder in zip(SEEDS, folders(root), strict=True):
        pretrain(PretrainJob.model_validate(job(seed)), folder / "policy.safetensors", folder / "metrics.csv")
    return [result(folder) for folder in folders(root)]


@pytest.mark.slow(6)
def test_every_seed_has_the_bytes_it_has_alone(tmp_path: Path, alone: list[tuple[bytes, str]]) -> None:
    main(arguments(tmp_path))
    assert [result(folder) for folder in folders(tmp_path)] == alone
    assert [sorted(os.listdir(folder)) for folder in folders(tmp_path)] == [FILES] * 3


@pytest.mark.slow(20)
def test_killed_after_the_first_seed(tmp_path: Path, alone: list[tuple[bytes, str]]) -> None:
    first, second, _ = folders(tmp_path)
    command = [sys.executable, "-m", "kmyriad.stages.pretrain_seeds", *arguments(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not list(second.glob(".state-*.lock")):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.002)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    for name in FILES:  # as Snakemake does
        (first / name).unlink(missing_ok=True)
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert f"{first.name}/.state-" in again.stderr and "epoch 12" in again.stderr, "the first seed was trained once more"
    assert [result(folder) for folder in folders(tmp_path)] == alone
    assert [sorted(os.listdir(folder)) for folder in folders(tmp_path)] == [FILES] * 3


@pytest.mark.parametrize("other", [[], ["3/metrics.csv"], ["3/../3/metrics.csv"]])
def test_not_a_path_for_each_job(tmp_path: Path, other: list[str]) -> None:
    too_few = arguments(tmp_path)
    place = too_few.index(str(tmp_path / "4" / "metrics.csv"))
    too_few[place : place + 1] = [f"{tmp_path}/{each}" for each in other]
    with pytest.raises(SystemExit, match="3 jobs need as many policies and metrics, got 3 and 2: name one of each a job"):
        main(too_few)
    assert not list(tmp_path.iterdir())
