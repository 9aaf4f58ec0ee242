"""The pretrain command: kill it at any time, run it again, get the same bytes."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from kmyriad.jobs.state import JobState
from kmyriad.settings import PretrainJob
from kmyriad.stages.pretrain import main

# One worker: what they compare with is made once.
pytestmark = pytest.mark.xdist_group("pretrain")

JOB = {
    "environment": "ant-empty",
    "heads": 2,
    "seed": 3,
    "pretrain": {
        "envs": 4,
        "horizon": 30,
        "epochs": 12,
        "trunk": [16, 8],
        "adapter": 8,
        "checkpoint_seconds": 0,
    },
}
CLIPPED = {
    **JOB,
    "pretrain": {
        **JOB["pretrain"],
        "update": "trust-region",
        "trust_region": {"minibatch": 20, "value_hidden": [8], "passes": 2},
        "grow": {0: 1, 6: 2},
    },
}
SECONDS = ["seconds_rollout", "seconds_neighbours", "seconds_update"]


def arguments(folder: Path, job: dict = JOB) -> list[str]:
    paths = ["--policy", str(folder / "policy.safetensors"), "--metrics", str(folder / "metrics.csv")]
    return ["--job", json.dumps(job), *paths]


def start(folder: Path, job: dict = JOB) -> subprocess.Popen:
    command = [sys.executable, "-m", "kmyriad.stages.pretrain", *arguments(folder, job)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def result(folder: Path) -> tuple[bytes, str]:
    """Return the policy's bytes and the metrics without the columns that time makes."""
    metrics = pd.read_csv(folder / "metrics.csv").drop(columns=SECONDS)
    return (folder / "policy.safetensors").read_bytes(), metrics.to_csv()


def state_file(folder: Path, job: dict = JOB) -> Path:
    return JobState.of(PretrainJob.model_validate(job), folder).path


def wait_for_state(process: subprocess.Popen, folder: Path, job: dict = JOB) -> None:
    deadline = time.monotonic() + 60
    while not state_file(folder, job).exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "no state was saved"
        time.sleep(0.002)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    with start(folder) as process:
        assert process.wait() == 0, process.stderr.read()
    return result(folder)


@pytest.mark.slow(33)
@pytest.mark.parametrize("job", [JOB, CLIPPED], ids=["gradient", "trust-region"])
def test_sigkill_at_random_moments_changes_no_byte(tmp_path: Path, job: dict) -> None:
    with start(tmp_path, job) as process:
        assert process.wait() == 0, process.stderr.read()
    uninterrupted, kills = result(tmp_path), 0
    for name in ("metrics.csv", "policy.json", "policy.safetensors"):
        (tmp_path / name).unlink()
    for moment in random.Random(0).sample([0.0, 0.02, 0.05, 0.08, 0.12], 3):
        with start(tmp_path, job) as process:
            if not state_file(tmp_path, job).exists():
                wait_for_state(process, tmp_path, job)
            time.sleep(moment)
            process.kill()
        kills += process.returncode == -signal.SIGKILL
    assert kills > 0, "every run ended before it was killed"
    with start(tmp_path, job) as process:
        message = process.stderr.read()
    assert "going on from" in message
    assert result(tmp_path) == uninterrupted
    assert sorted(os.listdir(tmp_path)) == ["metrics.csv", "metrics.record.json", "policy.json", "policy.safetensors"]


@pytest.mark.slow(15)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_polite_signals_save_and_say_so(tmp_path: Path, uninterrupted: tuple[bytes, str], number: signal.Signals) -> None:
    with start(tmp_path) as process:
        wait_for_state(process, tmp_path)
        process.send_signal(number)
        message = process.stderr.read()
    assert process.returncode == 1
    assert f"stopped by {number.name} after epoch" in message
    assert not (tmp_path / "metrics.csv").exists()
    with start(tmp_path) as process:
        assert process.wait() == 0
    assert result(tmp_path) == uninterrupted


def test_another_seed_gives_other_bytes(tmp_path: Path, uninterrupted: tuple[bytes, str]) -> None:
    main(arguments(tmp_path, {**JOB, "seed": 4}))
    assert result(tmp_path)[0] != uninterrupted[0]


def test_metrics_have_the_promised_columns_and_one_row_an_epoch(tmp_path: Path) -> None:
    main(arguments(tmp_path))
    metrics = pd.read_csv(tmp_path / "metrics.csv")
    head = "epoch env_steps entropy mean_std grad_norm learning_rate frozen_envs".split()
    ours = "heads kl kl_max clip_fraction explained_variance passes".split()
    assert list(metrics.columns) == [*head, *SECONDS, *ours]
    assert metrics[["kl", "kl_max", "clip_fraction", "explained_variance"]].isna().all(axis=None)
    assert list(metrics["epoch"]) == list(range(12))
    assert metrics["env_steps"].iloc[-1] == 4 * 30 * 12


def test_the_clipped_update_tells_how_far_it_went(tmp_path: Path) -> None:
    main(arguments(tmp_path, CLIPPED))
    metrics = pd.read_csv(tmp_path / "metrics.csv")
    assert list(metrics["heads"]) == [1] * 6 + [2] * 6
    assert (metrics["kl_max"] >= metrics["kl"]).all()
    assert (metrics["clip_fraction"].between(0, 1) & metrics["passes"].between(1, 2)).all()


@pytest.mark.slow(9)
def test_two_copies_of_one_job(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with start(tmp_path) as first:
        wait_for_state(first, tmp_path)
        first.send_signal(signal.SIGSTOP)
        with pytest.raises(SystemExit, match="already running"):
            main(arguments(tmp_path))
        first.send_signal(signal.SIGCONT)
        assert first.wait() == 0, "the first copy must not be disturbed"


def test_damaged_state_is_named(tmp_path: Path) -> None:
    path = state_file(tmp_path)
    path.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00not a state")
    with pytest.raises(SystemExit, match=f"{path.name} is damaged .* delete it to start"):
        main(arguments(tmp_path))
    assert path.exists()


def test_full_disk_keeps_the_last_state(tiny_disk: Path, tmp_path: Path) -> None:
    big = {**JOB, "pretrain": {**JOB["pretrain"], "trunk": [256, 128]}}
    with pytest.raises(SystemExit, match="cannot write .*No space left on device.*; make room"):
        main(arguments(tiny_disk, big))
    assert not [name for name in os.listdir(tiny_disk) if not name.endswith(".lock")]


def test_results_path_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("not a folder")
    with pytest.raises(
        SystemExit, match="error: cannot use the folder .*results: .*File exists.*; give permission or choose another"
    ):
        main(arguments(tmp_path / "results"))
    assert (tmp_path / "results").read_text() == "not a folder"


def test_read_only_results(read_only: Path) -> None:
    with pytest.raises(SystemExit, match=f"cannot use the folder {read_only}: .*; give permission or choose another"):
        main(arguments(read_only))


def test_state_of_other_settings_is_not_used(tmp_path: Path) -> None:
    other = PretrainJob.model_validate({**JOB, "seed": 9})
    assert JobState.of(other, tmp_path).path != state_file(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"heads": 3}, "3 heads do not divide pretrain.envs = 4"),
        ({"sede": 1}, "unknown key 'sede'; did you mean 'seed'?"),
        ({"environment": "ant-emty"}, "did you mean 'ant-empty'?"),
    ],
)
def test_wrong_job_gives_one_line(tmp_path: Path, change: dict, words: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments(tmp_path, {**JOB, **change}))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
