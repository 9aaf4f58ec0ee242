"""Means and differences with Student's t intervals."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import t as student


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


def mean_intervals(data: pd.DataFrame, by: list[str], value: str, confidence: float = 0.95) -> pd.DataFrame:
    """Return mean, n, low and high of column `value` in each group of `by`.

    low and high bound the Student t interval of the mean at `confidence` (n - 1 degrees of freedom); with n = 1 there is no
    interval and both are missing (NaN).
    """
    rows = []
    for key, sample in data.groupby(by, sort=True)[value]:
        mean, *bounds = mean_interval(sample.to_numpy(), confidence)
        rows.append((*key, mean, len(sample), *(bounds if len(sample) > 1 else (np.nan, np.nan))))
    return pd.DataFrame(rows, columns=[*by, "mean", "n", "low", "high"])


def _variance_of_mean(sample: np.ndarray) -> float:
    return float(sample.var(ddof=1) / len(sample)) if len(sample) > 1 else float("inf")


def _around(estimate: float, variance: float, degrees: float, confidence: float) -> Interval:
    if not np.isfinite(variance):
        return Interval(estimate, -float("inf"), float("inf"))
    half = float(student.ppf(0.5 + confidence / 2, degrees)) * variance**0.5 if variance > 0 else 0.0
    return Interval(estimate, estimate - half, estimate + half)
