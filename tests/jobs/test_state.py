"""The state of an unfinished job comes back whole, or is refused by name."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from kmyriad.jobs.files import StageError
from kmyriad.jobs.state import JobState
from kmyriad.settings import DiversityJob

JOB = DiversityJob(k=5, threads=1)
TENSORS = {"a": torch.arange(6.0).view(2, 3), "next_epoch": torch.tensor(2)}
ROWS = [{"epoch": 0, "entropy": 1 / 3}, {"epoch": 1, "entropy": -2.5}]


@pytest.fixture
def state(tmp_path: Path) -> JobState:
    """A saved state."""
    state = JobState.of(JOB, tmp_path)
    state.save(TENSORS, ROWS, 3)
    return state


def test_round_trip(state: JobState) -> None:
    tensors, rows = state.load()
    assert rows == ROWS
    assert tensors.keys() == TENSORS.keys() and all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    state.discard()
    assert state.load() is None


def flipped(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_every_flipped_bit_of_the_numbers_is_seen(state: JobState) -> None:
    whole = state.path.read_bytes()
    size = 6 * 4 + 8
    for position in range(len(whole) - size, len(whole)):
        flipped(state.path, position)
        with pytest.raises(StageError, match=f"{state.path.name} is damaged .its checksum is another.: delete it to start"):
            state.load()
        state.path.write_bytes(whole)


def test_flipped_bit_in_the_metrics_is_seen(state: JobState) -> None:
    flipped(state.path, state.path.read_bytes().index(b"0.333") + 3)
    with pytest.raises(StageError, match="is damaged"):
        state.load()


@pytest.mark.parametrize("kept", [0, 4, 40, -1])
def test_truncated(state: JobState, kept: int) -> None:
    state.path.write_bytes(state.path.read_bytes()[:kept])
    with pytest.raises(StageError, match="is damaged"):
        state.load()


def test_foreign(state: JobState) -> None:
    from safetensors.torch import save_file

    save_file(TENSORS, state.path)
    with pytest.raises(StageError, match="is damaged"):
        state.load()


def test_other_settings_and_inputs_have_other_states(tmp_path: Path) -> None:
    file = tmp_path / "actor"
    file.write_bytes(b"one")
    states = [
        JobState.of(JOB, tmp_path),
        JobState.of(JOB.model_copy(update={"k": 6}), tmp_path),
        JobState.of(JOB, tmp_path, file),
    ]
    file.write_bytes(b"two")
    states.append(JobState.of(JOB, tmp_path, file))
    assert len({state.path for state in states}) == len({state.failure for state in states}) == 4


def test_what_a_killed_writer_left_goes_with_the_state(state: JobState, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from kmyriad.jobs.files import write_atomically\n"
        "def write(path):\n    path.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomically(Path(sys.argv[1]), write)"
    )
    another = JobState.of(JOB.model_copy(update={"k": 6}), tmp_path)
    for path in (state.path, another.path):
        assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob(".*.tmp"))) == 2
    state.discard()
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(f".{another.path.name}.") and left.name.endswith(".tmp")
