"""Rows of metrics in trackers: what is written, and what is wrong with them in one line."""

import importlib
import math
import sys
from pathlib import Path

import pytest

from kmyriad.jobs import trackers
from kmyriad.jobs.files import StageError
from kmyriad.jobs.state import JobState
from kmyriad.jobs.tracking import TrackedRun, check, known, tracked, values
from kmyriad.settings import DiversityJob
from kmyriad.settings.tracking import VARIABLE, TrackSettings
from tests.jobs.curves import of_tensorboard, of_wandb

READERS = {"tensorboard": of_tensorboard, "wandb": of_wandb}
PAST = [{"loss": 4.0}, {"loss": 2.0, "evaluation/seed3": 0.5}]

# Keeps what it gets in memory; fails at the third step.
FRAIL = """
PACKAGE = "json"
made = []

class Tracker:
    def __init__(self, run, past):
        made.append([run.name, *past])

    def add(self, step, values):
        if step == 2:
            raise OSError("no room")
        made[-1].append(values)

    def close(self):
        made[-1].append("closed")
"""


@pytest.fixture
def frail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list]:
    """What a further tracker has got, which is one more file beside the others."""
    (tmp_path / "trackers").mkdir()
    (tmp_path / "trackers/frail.py").write_text(FRAIL)
    monkeypatch.setattr(trackers, "__path__", [*trackers.__path__, str(tmp_path / "trackers")])
    importlib.invalidate_caches()
    monkeypatch.delitem(sys.modules, "kmyriad.jobs.trackers.frail", raising=False)
    return importlib.import_module("kmyriad.jobs.trackers.frail").made


def settings(tmp_path: Path, *names: str) -> TrackSettings:
    return TrackSettings(trackers=names, results=tmp_path / "results")


def test_rows_become_named_numbers() -> None:
    seeds = ({"seed": 3, "return": 1.0, "also": {"argmax": 2.0}}, {"seed": 5, "return": math.nan, "also": {}})
    row = {"epoch": 7, "env_steps": 40, "kl": None, "seeds": seeds}
    assert values(row) == {"env_steps": 40, "return/seed3": 1.0, "argmax/seed3": 2.0}


@pytest.mark.slow(10)
@pytest.mark.parametrize("name", READERS)
def test_a_start_writes_what_is_known_once_and_nothing_of_an_earlier_attempt(tmp_path: Path, name: str) -> None:
    module = importlib.import_module(f"kmyriad.jobs.trackers.{name}")
    run = TrackedRun(tmp_path / "pretrain/maze", "pretrain/maze", "0123456789abcdef")
    first = module.Tracker(run, PAST[:1])
    # Two rows that no state has: they are lost with the process, and made again.
    first.add(1, {"loss": 99.0})
    first.add(2, {"loss": 98.0})
    first.close()
    assert [step for step, _ in READERS[name](run.folder)] == [0, 1, 2]
    second = module.Tracker(run, PAST)
    second.add(2, {"loss": 1.0})
    second.close()
    assert READERS[name](run.folder) == [(0, PAST[0]), (1, PAST[1]), (2, {"loss": 1.0})]


def test_the_rows_of_tensorboard_keep_their_times(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    module = importlib.import_module("kmyriad.jobs.trackers.tensorboard")
    run = TrackedRun(tmp_path, "maze", "0123456789abcdef")
    times = []
    for past in (PAST[:1], PAST):
        module.Tracker(run, past).close()
        # TensorBoard's own reader.
        times.append([event.wall_time for event in EventAccumulator(str(tmp_path)).Reload().Scalars("loss")])
    assert times[1][0] == times[0][0] < times[1][1]


def test_a_row_that_a_kill_cut_off_is_no_row(tmp_path: Path) -> None:
    module = importlib.import_module("kmyriad.jobs.trackers.tensorboard")
    run = TrackedRun(tmp_path, "maze", "0123456789abcdef")
    module.Tracker(run, PAST).close()
    (file,) = tmp_path.glob("*tfevents*")
    file.write_bytes(file.read_bytes()[:-5])
    module.Tracker(run, PAST).close()
    assert of_tensorboard(tmp_path) == list(enumerate(PAST))


def test_a_further_tracker_is_one_file_and_one_that_fails_stops_no_training(
    frail: list[list], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    assert known() == ["frail", "tensorboard", "wandb"]
    check(settings(tmp_path, "frail"))
    monkeypatch.setenv(VARIABLE, settings(tmp_path, "frail").model_dump_json())
    state = JobState.of(DiversityJob(k=5, threads=1), tmp_path / "results/pretrain/maze")
    with tracked(state, [{"epoch": 0, "loss": 4.0}]) as track:
        for epoch in (1, 2, 3):
            track({"epoch": epoch, "loss": 1.0})
    assert frail == [["pretrain/maze", {"loss": 4.0}, {"loss": 1.0}]]
    assert capsys.readouterr().err == "frail has failed and is left out from here on: no room\n"


def test_a_tracker_is_closed_however_the_job_ends(frail: list[list], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, settings(tmp_path, "frail").model_dump_json())
    state = JobState.of(DiversityJob(k=5, threads=1), tmp_path / "results/a")
    with pytest.raises(StageError), tracked(state, []):
        raise StageError("stopped")
    assert frail == [["a", "closed"]]


def refusal(settings: TrackSettings) -> str:
    """Return the one line that says why it can't be tracked so."""
    with pytest.raises((ValueError, ImportError)) as caught:
        check(settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_unknown_tracker(tmp_path: Path) -> None:
    expected = "unknown tracker 'tensorbord'; did you mean 'tensorboard'? (choices: tensorboard, wandb)"
    assert refusal(settings(tmp_path, "tensorbord")) == expected


@pytest.mark.parametrize("name", READERS)
def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    check(settings(tmp_path, name))
    monkeypatch.setattr(importlib.import_module(f"kmyriad.jobs.trackers.{name}"), "PACKAGE", "no_such")
    assert refusal(settings(tmp_path, name)) == f"'no_such' is not installed, which {name} needs; run: pip install no_such"


def test_no_folder_to_write_to(tmp_path: Path, read_only: Path) -> None:
    (tmp_path / "results").write_text("")
    for blocked, culprit in ((tmp_path, tmp_path / "results"), (read_only, read_only)):
        expected = f"cannot write into {blocked}/results/tracked, for {culprit} is no folder that may be written to"
        assert refusal(settings(blocked, "wandb")) == expected
    check(settings(read_only))  # nothing to track


def test_a_tracker_that_cannot_begin_ends_the_job_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results/tracked").write_text("no folder")
    monkeypatch.setenv(VARIABLE, settings(tmp_path, "tensorboard").model_dump_json())
    state = JobState.of(DiversityJob(k=5, threads=1), tmp_path / "results/a")
    words = r"tensorboard cannot write into .*tracked/tensorboard/a \(.*\): mend it or track without"
    with pytest.raises(StageError, match=words), tracked(state, []):
        raise AssertionError("the job began")
