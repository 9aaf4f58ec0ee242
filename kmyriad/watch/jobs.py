"""The jobs of a folder of results, running, stopped and finished."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import time
from typing import NamedTuple

from kmyriad.jobs.files import StageError
from kmyriad.jobs.progress import SHOWN
from kmyriad.watch.holder import alive
from kmyriad.watch.progress import Reached, by_log, by_metrics, by_state

STATES = ("running", "silent", "stopped", "finished")
"""In the order in which they are shown. A silent job is on another machine and has written nothing for SILENCE seconds."""
SILENCE = 600.0
NO_JOBS = {"checkpoints", "benchmarks", "logs", "tracked", "figures", "tables"}
"""Folders of results in which no job keeps its state."""


class Job(NamedTuple):
    """One training."""

    name: str
    """Its folder in the results."""
    state: str
    """One of STATES."""
    reached: Reached
    changed: float
    """When one of its files was written last, in seconds of the epoch."""


def jobs_in(results: Path) -> list[Job]:
    """Return all jobs below `results`, those that run first, and of these those first that changed last.

    Raises:
        StageError: there is no such folder, or no job has written into it.
    """
    if not results.is_dir():
        raise StageError(f"{results} is no folder: name that of a scale's results, such as results or results/walk")
    found = [job for folder, rule in _folders(results) if (job := _job(results, folder, rule))]
    if not found:
        raise StageError(f"no job has written into {results}: start some with snakemake, or name another folder of results")
    return sorted(found, key=lambda job: (STATES.index(job.state), -job.changed, job.name))


def _folders(results: Path) -> Iterator[tuple[Path, str]]:
    """Yield the folders in which a job is or was, with its rule."""
    for root, folders, files in os.walk(results):
        folders[:] = sorted(set(folders) - NO_JOBS)
        rule = next((part for part in Path(root).absolute().parts[::-1] if part in SHOWN), None)
        if rule and any(name == "metrics.csv" or name.startswith(".state-") for name in files):
            yield Path(root), rule


def _job(results: Path, folder: Path, rule: str) -> Job | None:
    """Return the job in `folder`; None if there is none, or its files go while they are read: it then is at its end or begin."""
    for _ in range(2):
        with suppress(FileNotFoundError):
            return _read(os.path.relpath(folder, results), folder, rule)
    return None


def _read(name: str, folder: Path, rule: str) -> Job | None:
    metrics = folder / "metrics.csv"
    marks = sorted(folder.glob(".state-????????????????.*"), key=_changed)
    if metrics.exists() and (not marks or _changed(metrics) >= _changed(marks[-1])):
        return Job(name, "finished", by_metrics(metrics, SHOWN[rule]), _changed(metrics))
    return _unfinished(name, folder, rule, marks[-1]) if marks else None


def _unfinished(name: str, folder: Path, rule: str, mark: Path) -> Job:
    """Return the job whose lock or state is `mark`; what is saved counts for one that was stopped."""
    state, log = mark.with_suffix(".safetensors"), _log_of(folder, rule)
    holds = alive(mark.with_suffix(".lock"))
    reached = by_state(state, SHOWN[rule]) if state.exists() else Reached(0, 0, "", "nothing saved")
    changed = max(_changed(path) for path in (mark, state, log) if path and path.exists())
    said = by_log(log, _seed_of(folder)) if log else None
    if said and (said.done > reached.done or not reached.epochs) and holds is not False:
        reached = said
    if holds is False:
        return Job(name, "stopped", reached._replace(epochs=reached.epochs or (said.epochs if said else 0), left=""), changed)
    silent = holds is None and time() - changed > SILENCE
    return Job(name, "silent" if silent else "running", reached, changed)


def _log_of(folder: Path, rule: str) -> Path | None:
    """Return the log of the job in <results>/<rule>/<run>, <results>/logs/<rule>/<run>.log, or that of all its seeds' process."""
    parts = folder.absolute().parts
    at = len(parts) - 1 - parts[::-1].index(rule)
    logs, run = Path(*parts[:at]) / "logs", Path(*parts[at + 1 :])
    logs_of_run = (logs / rule / f"{run}.log", logs / f"{rule}_seeds" / f"{run.parent}.log")
    return max((log for log in logs_of_run if log.exists()), key=_changed, default=None)


def _seed_of(folder: Path) -> str:
    """Return how the titles of the jobs in `folder` end, where several share a log."""
    return f"seed {folder.name[4:]}" if folder.name.startswith("seed") else ""


def _changed(path: Path) -> float:
    return path.stat().st_mtime
