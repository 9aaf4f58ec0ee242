"""Rows of metrics for TensorBoard: tensorboard --logdir results/tracked/tensorboard"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from kmyriad.jobs.tracking import TrackedRun, Values

PACKAGE = "tensorboard"


class Tracker:
    """One event file, whole after every row; a start puts a new one in the place of an earlier attempt's."""

    def __init__(self, run: TrackedRun, past: Iterable[Values]) -> None:
        from torch.utils.tensorboard import SummaryWriter

        earlier = sorted(run.folder.glob("*tfevents*"))
        made = _times(earlier)
        # A TensorBoard that is open drops what it has read of the earlier file, step 0 and all after it.
        self._writer = SummaryWriter(str(run.folder), purge_step=0)
        for step, values in enumerate(past):
            self._add(step, values, made.get(step))
        self._writer.flush()
        for file in earlier:
            file.unlink()

    def add(self, step: int, values: Values) -> None:
        """Write one row."""
        self._add(step, values, None)
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

    def _add(self, step: int, values: Values, made: float | None) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step, walltime=made)


def _times(files: Sequence[Path]) -> dict[int, float]:
    """Return when each step was written, in seconds of the epoch; a row that a kill cut off is not read."""
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    events = (event for file in files for event in LegacyEventFileLoader(str(file)).Load())
    return {event.step: event.wall_time for event in events if event.HasField("summary")}
