"""The finetune command under the same faults as pretraining: kills, full disk, damaged files, two copies."""

import json
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from kmyriad.jobs.checkpoint import save_policy
from kmyriad.jobs.provenance import sidecar_of
from kmyriad.jobs.state import JobState
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings import FinetuneJob
from kmyriad.stages import finetune

# One worker: what they compare with is made once.
pytestmark = pytest.mark.xdist_group("finetune")

PPO = {"envs": 4, "horizon": 20, "env_steps": 1600, "value_hidden": [8], "warmup": 2, "minibatch_rows": 4}
JOB = {"environment": "ant-empty", "goal": 0, "seed": 3, "finetune": PPO, "checkpoint_seconds": 0, "threads": 1}
SECONDS = ["seconds_rollout", "seconds_update"]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an actor and a goal."""
    folder = tmp_path_factory.mktemp("inputs")
    save_policy(folder / "actor.safetensors", MultiHeadPolicy(62, 8, 1, trunk=(16,), adapter=8, seed=1), {})
    (folder / "goals.json").write_text("[[0.5, 0.0]]")
    return folder


def arguments(inputs: Path, folder: Path) -> list[str]:
    files = [inputs / "actor.safetensors", inputs / "goals.json", folder / "policy.safetensors", folder / "metrics.csv"]
    named = zip(("--actor", "--goals", "--policy", "--metrics"), files, strict=True)
    return ["--job", json.dumps(JOB), *(str(word) for pair in named for word in pair)]


def start(inputs: Path, folder: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "kmyriad.stages.finetune", *arguments(inputs, folder)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def result(folder: Path) -> tuple[bytes, str]:
    """Return the policy's bytes and the metrics without the columns that time makes."""
    return (folder / "policy.safetensors").read_bytes(), pd.read_csv(folder / "metrics.csv").drop(columns=SECONDS).to_csv()


def state(inputs: Path, folder: Path) -> JobState:
    job = FinetuneJob.model_validate(JOB)
    return JobState.of(job, folder, inputs / "actor.safetensors", inputs / "goals.json")


def wait_for_state(process: subprocess.Popen, inputs: Path, folder: Path) -> None:
    deadline = time.monotonic() + 300
    while not state(inputs, folder).path.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "no state was saved"
        time.sleep(0.002)


@pytest.fixture(scope="module")
def uninterrupted(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    finetune.main(arguments(inputs, folder))
    return result(folder)


@pytest.mark.slow(10)
def test_sigkill_at_random_moments_changes_no_byte(inputs: Path, tmp_path: Path, uninterrupted: tuple[bytes, str]) -> None:
    kills = 0
    for moment in random.Random(1).sample([0.0, 0.02, 0.05], 2):
        with start(inputs, tmp_path) as process:
            if not state(inputs, tmp_path).path.exists():
                wait_for_state(process, inputs, tmp_path)
            time.sleep(moment)
            process.kill()
        kills += process.returncode == -signal.SIGKILL
    assert kills > 0, "every run ended before it was killed"
    finetune.main(arguments(inputs, tmp_path))
    assert result(tmp_path) == uninterrupted
    left = ["metrics.csv", "metrics.record.json", "policy.json", "policy.safetensors"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


@pytest.mark.slow(6)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_polite_signals_save_and_say_so(
    inputs: Path, tmp_path: Path, uninterrupted: tuple[bytes, str], number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_epoch = finetune.PPO.run_epoch

    def signalled(training: finetune.PPO) -> object:
        if training.next_epoch == 7:
            signal.raise_signal(number)
        return run_epoch(training)

    monkeypatch.setattr(finetune.PPO, "run_epoch", signalled)
    with pytest.raises(SystemExit, match=f"stopped by {number.name} after epoch 8; run it again"):
        finetune.main(arguments(inputs, tmp_path))
    assert not (tmp_path / "metrics.csv").exists()
    monkeypatch.setattr(finetune.PPO, "run_epoch", run_epoch)
    finetune.main(arguments(inputs, tmp_path))
    assert result(tmp_path) == uninterrupted


@pytest.mark.slow(10)
def test_two_copies_of_one_job(inputs: Path, tmp_path: Path) -> None:
    with start(inputs, tmp_path) as first:
        wait_for_state(first, inputs, tmp_path)
        first.send_signal(signal.SIGSTOP)
        with pytest.raises(SystemExit, match=f"already running .process {first.pid} "):
            finetune.main(arguments(inputs, tmp_path))
        first.send_signal(signal.SIGCONT)
        assert first.wait() == 0, "the first copy must not be disturbed"


@pytest.mark.slow(6)
def test_full_disk_keeps_the_last_state(
    inputs: Path, tiny_disk: Path, uninterrupted: tuple[bytes, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_epoch = finetune.PPO.run_epoch

    def fills_the_disk(training: finetune.PPO) -> object:
        if training.next_epoch == 3:
            with suppress(OSError):
                (tiny_disk / "filler").write_bytes(b"x" * 200_000)  # what fits is written
        return run_epoch(training)

    monkeypatch.setattr(finetune.PPO, "run_epoch", fills_the_disk)
    with pytest.raises(SystemExit, match="cannot write .*No space left on device.*; make room"):
        finetune.main(arguments(inputs, tiny_disk))
    assert len(state(inputs, tiny_disk).load()[1]) == 3
    monkeypatch.setattr(finetune.PPO, "run_epoch", run_epoch)
    (tiny_disk / "filler").unlink()
    finetune.main(arguments(inputs, tiny_disk))
    assert result(tiny_disk) == uninterrupted


def test_read_only_results(inputs: Path, read_only: Path) -> None:
    with pytest.raises(SystemExit, match=f"cannot use the folder {read_only}: .*; give permission or choose another"):
        finetune.main(arguments(inputs, read_only))


def test_damaged_state_is_named(inputs: Path, tmp_path: Path) -> None:
    path = state(inputs, tmp_path).path
    path.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00not a state")
    with pytest.raises(SystemExit, match=f"{path.name} is damaged .* delete it to start"):
        finetune.main(arguments(inputs, tmp_path))


def test_state_of_another_actor_is_not_used(inputs: Path, tmp_path: Path) -> None:
    for name in ("actor.safetensors", "goals.json"):
        (tmp_path / name).write_bytes((inputs / name).read_bytes())
    (tmp_path / "goals.json").write_text("[[0.6, 0.0]]")
    assert state(tmp_path, tmp_path).path != state(inputs, tmp_path).path


def damage(actor: Path, how: str) -> None:
    content = bytearray(actor.read_bytes())
    if how == "truncated":
        actor.write_bytes(content[:-1])
    elif how == "flipped":
        content[-1] ^= 1
        actor.write_bytes(content)
    else:
        sidecar_of(actor).unlink()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("truncated", "is truncated or was changed"),
        ("flipped", "is truncated or was changed"),
        ("foreign", "is no checkpoint of"),
    ],
)
def test_bad_actor_is_named_and_nothing_written(inputs: Path, tmp_path: Path, how: str, words: str) -> None:
    for name in ("actor.safetensors", "actor.json", "goals.json"):
        (tmp_path / name).write_bytes((inputs / name).read_bytes())
    damage(tmp_path / "actor.safetensors", how)
    with pytest.raises(SystemExit, match=f"actor.safetensors {words}"):
        finetune.main(arguments(tmp_path, tmp_path / "out"))
    assert not [path for path in (tmp_path / "out").iterdir() if path.suffix != ".lock"]
