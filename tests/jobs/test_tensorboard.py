"""The program `tensorboard`, open while a job is killed and goes on."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from kmyriad.jobs.trackers.tensorboard import Tracker
from kmyriad.jobs.tracking import TrackedRun

Points = list[tuple[int, float]]


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Callable[[Points], Points]]:
    """A function that waits until TensorBoard shows some points of the run, at most 30 seconds, and returns what it shows."""
    command = ["tensorboard", "--logdir", str(tmp_path), "--host", "localhost", "--port", "0", "--reload_interval", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        address = next(match[0] for line in process.stderr if (match := re.search(r"http://\S+/", line)))
        query = f"{address}data/plugin/scalars/scalars?run=pretrain%2Fmaze&tag=loss"

        def found(expected: Points) -> Points:
            points: Points = []
            for _ in range(60):
                try:
                    with urlopen(query) as answer:
                        points = [(int(step), value) for _, step, value in json.load(answer)]
                except HTTPError:  # not read yet
                    points = []
                if points == expected:
                    break
                time.sleep(0.5)
            return points

        yield found
        process.terminate()


@pytest.mark.slow(15)
def test_an_open_tensorboard_follows_a_resumed_run(tmp_path: Path, shown: Callable[[Points], Points]) -> None:
    run = TrackedRun(tmp_path / "pretrain/maze", "pretrain/maze", "0123456789abcdef")
    killed = Tracker(run, [])
    for step in range(5):
        killed.add(step, {"loss": float(step)})
    points = [(step, float(step)) for step in range(5)]
    assert shown(points) == points
    # Two rows were saved; those after them are made again, with other numbers so that one sees it.
    resumed = Tracker(run, [{"loss": 0.0}, {"loss": 1.0}])
    for step in range(2, 6):
        resumed.add(step, {"loss": 10.0 * step})
    points = [(0, 0.0), (1, 1.0), (2, 20.0), (3, 30.0), (4, 40.0), (5, 50.0)]
    assert shown(points) == points
    resumed.close()
    killed.close()
