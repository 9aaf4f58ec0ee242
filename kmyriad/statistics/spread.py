"""How many times as large one variance is as another, with intervals for normal samples."""

import numpy as np
from scipy.stats import f as fisher
from scipy.stats import t as student

from kmyriad.statistics.intervals import Interval


def variance_ratio(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> Interval:
    """Return var(first) / var(second) of independent samples [n], [m] with the F interval.

    The ratio over F's upper and lower quantile at n - 1 and m - 1 degrees of freedom. Where a sample has one value or does not
    vary at all, the bounds are 0 and infinite.
    """
    ratio = _ratio(first, second)
    if not np.isfinite(ratio) or ratio == 0:
        return Interval(ratio, 0.0, float("inf"))
    tail, degrees = (1 - confidence) / 2, (len(first) - 1, len(second) - 1)
    low, high = (ratio / float(fisher.ppf(level, *degrees)) for level in (1 - tail, tail))
    return Interval(ratio, low, high)


def paired_variance_ratio(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> Interval:
    """Return var(first) / var(second) of paired samples, both [n], with the interval of Morgan and Pitman (1939).

    With correlation r and t the quantile at n - 2 degrees of freedom: ratio (K +- sqrt(K^2 - 1)), K = 1 + 2 (1 - r^2) t^2 /
    (n - 2). These are the ratios at which the sum and the difference of the scaled samples just are correlated. Of fewer than
    three pairs, or where a sample does not vary at all, the bounds are 0 and infinite.
    """
    ratio, number = _ratio(first, second), len(first)
    if number < 3 or not np.isfinite(ratio) or ratio == 0:
        return Interval(ratio, 0.0, float("inf"))
    rest = max(0.0, 1 - float(np.corrcoef(first, second)[0, 1]) ** 2)
    k = 1 + 2 * rest * float(student.ppf(0.5 + confidence / 2, number - 2)) ** 2 / (number - 2)
    root = (k**2 - 1) ** 0.5
    return Interval(ratio, ratio * (k - root), ratio * (k + root))


def _ratio(first: np.ndarray, second: np.ndarray) -> float:
    """Return the ratio of the unbiased variances; NaN where it has none."""
    if min(len(first), len(second)) < 2 or second.var() == 0:
        return float("nan")
    return float(first.var(ddof=1) / second.var(ddof=1))
