"""From an interval to a verdict, and to a row of the table of claims."""

import numpy as np

from kmyriad.statistics.intervals import Interval

DIFFERENCE_TEST = "Welch's t interval of the difference of means over seeds, 95 %, must lie above 0"
SUPPORTED, NOT_SUPPORTED, UNDECIDED = "supported", "not supported", "undecided"


def claim(text: str, paper: str, ours: Interval, units: int, verdict: str, test: str) -> dict[str, object]:
    """Return one row of the table of claims; `units` says over how many seeds or runs the interval goes."""
    interval = {"ours": ours.estimate, "low": ours.low, "high": ours.high}
    return {"claim": text, "paper": paper, **interval, "n": units, "verdict": verdict, "test": test}


def above_zero(interval: Interval) -> str:
    """Return whether the interval supports that the quantity is positive: all above 0, all below 0, or neither."""
    return above(interval, 0)


def above(interval: Interval, level: float) -> str:
    """Return whether the interval supports that the quantity is above `level`: all above it, all below it, or neither."""
    if interval.low > level:
        return SUPPORTED
    return NOT_SUPPORTED if interval.high < level else UNDECIDED


def not_run(text: str, paper: str, test: str) -> dict[str, object]:
    """Return the row of a claim that nothing was run for: no estimate, over 0 units, undecided."""
    return claim(text, paper, Interval(np.nan, np.nan, np.nan), 0, UNDECIDED, test)


def contains(interval: Interval, value: float) -> str:
    """Return whether the interval supports that the quantity is `value`; undecided where there is no interval."""
    if not np.isfinite(interval.low):
        return UNDECIDED
    return SUPPORTED if interval.low <= value <= interval.high else NOT_SUPPORTED
