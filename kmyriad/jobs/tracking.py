"""Rows of metrics as they are made, for TensorBoard or another tracker, in files beside the results.

What is written follows from the rows in the job's state: a start writes all of these anew, then goes on. So a curve has each
point once however often the job was killed, those made after the last save included, and no tracker has to go on with a file of
its own.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from math import isnan
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple, Protocol

from kmyriad.jobs import trackers
from kmyriad.jobs.files import StageError
from kmyriad.jobs.state import JobState
from kmyriad.names import choose
from kmyriad.settings.tracking import VARIABLE, TrackSettings

Values = dict[str, float]
"""One point of each curve, by its name."""


class TrackedRun(NamedTuple):
    """Whose curves they are."""

    folder: Path
    """Where the tracker writes, and nobody else."""
    name: str
    """The run's place in the results, such as pretrain/ant-empty/heads1/seed1."""
    key: str
    """What tells it from every run of other settings or in another place, as 16 hexadecimal digits."""


class Tracker(Protocol):
    """The class `Tracker` of a module in kmyriad/jobs/trackers, which also names the package that it needs as `PACKAGE`."""

    def __init__(self, run: TrackedRun, past: Iterable[Values]) -> None:
        """Begin the curves of `run` anew, with the points of the steps 0, 1, ... that are known."""

    def add(self, step: int, values: Values) -> None:
        """Add the points of the next step."""

    def close(self) -> None:
        """Finish what is written."""


def known() -> list[str]:
    """Return the names of all trackers: those of the modules in kmyriad/jobs/trackers."""
    return sorted(module.name for module in iter_modules(trackers.__path__))


def check(settings: TrackSettings) -> None:
    """Raise ValueError or ImportError, one line, unless all trackers can be had and write into the results."""
    for name in settings.trackers:
        package = _module(choose(name, known(), "tracker")).PACKAGE
        if find_spec(package) is None:
            raise ImportError(f"{package!r} is not installed, which {name} needs; run: pip install {package}")
    folder = _tracked(settings).absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if settings.trackers and not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        raise ValueError(f"cannot write into {_tracked(settings)}, for {there} is no folder that may be written to")


@contextmanager
def tracked(state: JobState, rows: Sequence[dict[str, Any]]) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yield what takes each further row of the job with `state`, which has made `rows`; without trackers it does nothing.

    A tracker that fails later on is left out from then on, with a line on stderr: it stops no training.

    Raises:
        StageError: a tracker cannot begin.
    """
    settings = TrackSettings.model_validate_json(os.environ.get(VARIABLE) or "{}")
    open_trackers = {name: _begun(name, settings, state, rows) for name in settings.trackers}

    def add(row: dict[str, Any]) -> None:
        for name in list(open_trackers):
            with _left_out_if_it_fails(name, open_trackers):
                open_trackers[name].add(row["epoch"], values(row))

    try:
        yield add
    finally:
        for name in list(open_trackers):
            with _left_out_if_it_fails(name, open_trackers):
                open_trackers[name].close()


def values(row: dict[str, Any]) -> Values:
    """Return the numbers of a row by name, those of single seeds as <name>/seed<seed>; what has no value is left out."""
    return {name: value for name, value in _flat(row, "") if value is not None and not isnan(value)}


def _flat(row: dict[str, Any], suffix: str) -> Iterator[tuple[str, float | None]]:
    for name, value in row.items():
        if isinstance(value, list | tuple):
            for each in value:
                yield from _flat(each, f"/seed{each['seed']}")
        elif isinstance(value, dict):
            yield from _flat(value, suffix)
        elif name not in ("epoch", "seed"):
            yield f"{name}{suffix}", value


def _begun(name: str, settings: TrackSettings, state: JobState, rows: Sequence[dict[str, Any]]) -> Tracker:
    place = os.path.relpath(state.path.parent, settings.results)
    key = hashlib.sha256(f"{settings.results / place}/{state.path.name}".encode()).hexdigest()[:16]
    run = TrackedRun(_tracked(settings) / name / place, place, key)
    try:
        return _module(name).Tracker(run, map(values, rows))
    except Exception as error:  # whatever it is that the tracker raises
        raise StageError(f"{name} cannot write into {run.folder} ({_line(error)}): mend it or track without") from error


@contextmanager
def _left_out_if_it_fails(name: str, open_trackers: dict[str, Tracker]) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever it is that the tracker raises
        del open_trackers[name]
        print(f"{name} has failed and is left out from here on: {_line(error)}", file=sys.stderr, flush=True)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _module(name: str) -> Any:
    return import_module(f"{trackers.__name__}.{name}")


def _tracked(settings: TrackSettings) -> Path:
    return settings.results / "tracked"
