"""How often one algorithm beats another, over tasks whose scores can't be averaged (Agarwal et al., 2021)."""

from collections.abc import Sequence

import numpy as np

from kmyriad.statistics.intervals import Interval


def better(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return P(X > Y) + P(X = Y) / 2 over all pairs of scores X of `first` [..., n] and Y of `second` [..., m], [...]."""
    gaps = first[..., :, None] - second[..., None, :]
    return ((np.sign(gaps) + 1) / 2).mean((-2, -1))


def improvement(pairs: Sequence[tuple[np.ndarray, np.ndarray]], resamples: int, confidence: float = 0.95) -> Interval:
    """Return the mean of `better` over tasks with its percentile bootstrap interval.

    `pairs` holds each task's scores of both, one a seed; a resample draws as many seeds of each, with replacement. Where no task
    has more than one seed there is nothing to draw from and the bounds are infinite.
    """
    estimate = float(np.mean([better(*pair) for pair in pairs]))
    if max(len(sample) for pair in pairs for sample in pair) == 1:
        return Interval(estimate, -float("inf"), float("inf"))
    random = np.random.default_rng(0)
    drawn = [better(*(_redrawn(sample, resamples, random) for sample in pair)) for pair in pairs]
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.mean(drawn, 0), [tail, 1 - tail])
    return Interval(estimate, float(low), float(high))


def _redrawn(sample: np.ndarray, resamples: int, random: np.random.Generator) -> np.ndarray:
    """Return resamples [resamples, n] of a sample [n]."""
    return sample[random.integers(len(sample), size=(resamples, len(sample)))]
