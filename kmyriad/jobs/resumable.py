"""Running a training loop to its end, however often it is killed on the way."""

import sys
from dataclasses import asdict
from time import monotonic
from typing import Any, Protocol

import torch

from kmyriad.jobs.failure_dump import stopped_by
from kmyriad.jobs.files import StageError
from kmyriad.jobs.interrupts import StopRequest
from kmyriad.jobs.progress import Progress
from kmyriad.jobs.state import JobState
from kmyriad.jobs.tracking import tracked
from kmyriad.rollout import TrainingFailure


class Loop(Protocol):
    """A training loop whose state between two epochs is `state_dict`."""

    @property
    def next_epoch(self) -> int:
        """Number of the next epoch, from 0."""

    def run_epoch(self) -> Any:  # a dataclass, one row of metrics
        """Run one epoch and return its metrics."""

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return all that the next epoch depends on."""

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from what `state_dict` returned."""


def run_to_end(
    loop: Loop, epochs: int, state: JobState, checkpoint_seconds: float, title: str, shown: str
) -> list[dict[str, float]]:
    """Run `loop` from `state`, if there is one, until it has made `epochs` epochs, and return all rows of metrics.

    The state is saved at the end of an epoch once `checkpoint_seconds` have passed. `title` and the metric `shown` are what
    the progress display says. Every row also goes to the trackers of `kmyriad.jobs.tracking`, if there are any.

    Raises:
        StageError: the state is damaged or can't be written, a tracker cannot begin, training failed (the offending states are
            in a file then), or a signal asked to stop (the state is saved then).
    """
    rows, stop, saved = _resume(loop, state), StopRequest(), monotonic()
    progress = Progress(epochs, loop.next_epoch, title)
    with tracked(state, rows) as track:
        while loop.next_epoch < epochs:
            rows.append(_epoch(loop, state))
            track(rows[-1])
            progress.advance(f"{shown} {rows[-1][shown]:.3f}")
            if stop or monotonic() - saved >= checkpoint_seconds:
                state.save(loop.state_dict(), rows, epochs)
                saved = monotonic()
            if stop:
                raise StageError(f"stopped by {stop.name} after epoch {loop.next_epoch}; run it again to go on from there")
    progress.close()
    return rows


def _epoch(loop: Loop, state: JobState) -> dict[str, float]:
    try:
        return asdict(loop.run_epoch())
    except TrainingFailure as failure:
        raise stopped_by(failure, state) from failure


def _resume(loop: Loop, state: JobState) -> list[dict[str, float]]:
    saved = state.load()
    if saved is None:
        return []
    tensors, rows = saved
    loop.load_state_dict(tensors)
    print(f"going on from {state.path}, epoch {loop.next_epoch}", file=sys.stderr, flush=True)
    return rows
