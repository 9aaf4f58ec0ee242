"""Jobs as a table of text."""

from collections import Counter
from collections.abc import Sequence

from kmyriad.watch.jobs import STATES, Job

HEAD = ("job", "state", "epoch", "ETA", "metric", "last change")
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def table(jobs: Sequence[Job], now: float, width: int | None = None, height: int | None = None) -> str:
    """Return a line that counts the jobs, and a table of them at the time `now`, cut to `width` and `height` if given."""
    rows = [HEAD, *(_row(job, now) for job in jobs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(0, _counted(jobs))
    if height is not None and len(lines) > height:
        hidden = len(lines) - height + 1
        lines[height - 1 :] = [f"{hidden} more: kmyriad watch --once"]
    return "\n".join(line[:width] for line in lines)


def _counted(jobs: Sequence[Job]) -> str:
    numbers = Counter(job.state for job in jobs)
    return ", ".join(f"{numbers[state]} {state}" for state in STATES if numbers[state])


def _row(job: Job, now: float) -> tuple[str, ...]:
    reached = job.reached
    epoch = f"{reached.done}/{reached.epochs or '?'}"
    return job.name, job.state, epoch, reached.left or "-", reached.shown, f"{_age(now - job.changed)} ago"


def _age(seconds: float) -> str:
    """Return a time in its largest whole unit."""
    whole = max(0, int(seconds))
    size, unit = next((each for each in UNITS if whole >= each[0]), UNITS[-1])
    return f"{whole // size} {unit}"
