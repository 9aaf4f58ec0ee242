"""A log file gets a line at once, then one every 30 seconds, and one at the end; a terminal gets a bar."""

import sys

import pytest

from kmyriad.jobs import progress
from kmyriad.jobs.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the progress display sees, to be moved by hand."""
    now = [1000.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    return now


def test_lines_in_a_log(clock: list[float], capsys: pytest.CaptureFixture) -> None:
    shown = Progress(total=10, done=2, what="maze")
    for _ in range(8):
        clock[0] += 12.0
        shown.advance("entropy 1.000")
    shown.close()
    # Epochs 3 .. 10 end at 12, 24, ... 96 s: lines at 12, then 30 s or more later at 48 and 84, and at the end. ETA of the
    # first: 7 epochs of 12 s = 84 s; at epoch 6 and 9, 4 and 1 epochs remain.
    assert capsys.readouterr().err.splitlines() == [
        "maze: epoch 3/10, entropy 1.000, ETA 01:24",
        "maze: epoch 6/10, entropy 1.000, ETA 00:48",
        "maze: epoch 9/10, entropy 1.000, ETA 00:12",
        "maze: epoch 10/10, entropy 1.000, ETA 00:00",
    ]


def test_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    shown = Progress(total=2, done=0, what="maze")
    shown.advance("entropy 1.000")
    shown.advance("entropy 2.000")
    shown.close()
    bar = capsys.readouterr().err
    assert "2/2" in bar
    assert "entropy 2.000" in bar
    assert "ETA" not in bar, "no lines for log files"
