"""From samples to a verdict."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import t as student

SUPPORTED, NOT_SUPPORTED, UNDECIDED = "supported", "not supported", "undecided"


class Interval(NamedTuple):
    """An estimate with the bounds of its confidence interval."""

    estimate: float
    low: float
    high: float


def mean_interval(sample: np.ndarray, confidence: float = 0.95) -> Interval:
    """Return the mean of `sample` [n] with its Student t interval; with n = 1 the bounds are infinite.

    A bootstrap over as few seeds as we have covers far less than it says; t covers what it says for normal samples.
    """
    return _around(float(sample.mean()), _variance_of_mean(sample), len(sample) - 1, confidence)


def difference_interval(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> Interval:
    """Return mean(first) - mean(second) with Welch's t interval (unequal variances); infinite bounds if either has n = 1."""
    parts = [_variance_of_mean(sample) for sample in (first, second)]
    total, degrees = sum(parts), 0.0
    if np.isfinite(total) and total > 0:
        shares = [part**2 / (len(sample) - 1) for part, sample in zip(parts, (first, second), strict=True)]
        degrees = total**2 / sum(shares)
    return _around(float(first.mean() - second.mean()), total, degrees, confidence)


def paired_interval(first: pd.Series, second: pd.Series) -> tuple[Interval, int] | None:
    """Return the mean of first - second over the index values that both have, with its t interval, and how many those are.

    None where there is no common one.
    """
    differences = (first - second).dropna()
    return (mean_interval(differences.to_numpy()), len(differences)) if len(differences) else None


def claim(text: str, paper: str, ours: Interval, units: int, verdict: str, test: str) -> dict[str, object]:
    """Return one row of the table of claims; `units` says over how many seeds or runs the interval goes."""
    interval = {"ours": ours.estimate, "low": ours.low, "high": ours.high}
    return {"claim": text, "paper": paper, **interval, "n": units, "verdict": verdict, "test": test}


def above_zero(interval: Interval) -> str:
    """Return whether the interval supports that the quantity is positive: all above 0, all below 0, or neither."""
    if interval.low > 0:
        return SUPPORTED
    return NOT_SUPPORTED if interval.high < 0 else UNDECIDED


def contains(interval: Interval, value: float) -> str:
    """Return whether the interval supports that the quantity is `value`; undecided where there is no interval."""
    if not np.isfinite(interval.low):
        return UNDECIDED
    return SUPPORTED if interval.low <= value <= interval.high else NOT_SUPPORTED


def _variance_of_mean(sample: np.ndarray) -> float:
    return float(sample.var(ddof=1) / len(sample)) if len(sample) > 1 else float("inf")


def _around(estimate: float, variance: float, degrees: float, confidence: float) -> Interval:
    if not np.isfinite(variance):
        return Interval(estimate, -float("inf"), float("inf"))
    half = float(student.ppf(0.5 + confidence / 2, degrees)) * variance**0.5 if variance > 0 else 0.0
    return Interval(estimate, estimate - half, estimate + half)
