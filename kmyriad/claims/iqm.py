"""Interquartile means with stratified-bootstrap intervals (Agarwal et al., 2021)."""

from collections.abc import Sequence

import numpy as np

from kmyriad.claims.verdict import Interval


def iqm(scores: np.ndarray) -> np.ndarray:
    """Return the mean of the middle half of `scores` [..., n]: floor(n / 4) values are left out at each end."""
    number = scores.shape[-1]
    cut = number // 4
    return np.sort(scores, -1)[..., cut : number - cut].mean(-1)


def iqm_interval(strata: Sequence[np.ndarray], resamples: int, confidence: float = 0.95) -> Interval:
    """Return the IQM of all scores with its percentile bootstrap interval.

    `strata` holds each task's scores, one a seed; a resample draws as many seeds of each task as it has, with replacement. With
    one seed of each there is nothing to draw from and the bounds are infinite.
    """
    estimate = float(iqm(np.concatenate(strata)))
    if max(map(len, strata)) == 1:
        return Interval(estimate, -float("inf"), float("inf"))
    random = np.random.default_rng(0)
    drawn = [scores[random.integers(len(scores), size=(resamples, len(scores)))] for scores in strata]
    tail = (1 - confidence) / 2
    low, high = np.quantile(iqm(np.concatenate(drawn, -1)), [tail, 1 - tail])
    return Interval(estimate, float(low), float(high))
