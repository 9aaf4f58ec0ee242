"""Interquartile means with stratified-bootstrap intervals (Agarwal et al., 2021)."""

from collections.abc import Sequence

import numpy as np

from kmyriad.statistics.intervals import Interval


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
    return _percentiles(float(iqm(np.concatenate(strata))), _resampled(strata, resamples, np.random.default_rng(0)), confidence)


def iqm_difference(
    first: Sequence[np.ndarray], second: Sequence[np.ndarray], resamples: int, confidence: float = 0.95
) -> Interval:
    """Return IQM(first) - IQM(second) with its percentile bootstrap interval; each is resampled as in `iqm_interval`.

    With few seeds it covers less than it says: a resample never has a seed that was not run.
    """
    random = np.random.default_rng(0)
    drawn = _resampled(first, resamples, random) - _resampled(second, resamples, random)
    return _percentiles(float(iqm(np.concatenate(first)) - iqm(np.concatenate(second))), drawn, confidence)


def _resampled(strata: Sequence[np.ndarray], resamples: int, random: np.random.Generator) -> np.ndarray:
    """Return the IQMs of resamples [resamples]; NaN where every stratum has one score."""
    if max(map(len, strata)) == 1:
        return np.full(resamples, np.nan)
    drawn = [scores[random.integers(len(scores), size=(resamples, len(scores)))] for scores in strata]
    return iqm(np.concatenate(drawn, -1))


def _percentiles(estimate: float, drawn: np.ndarray, confidence: float) -> Interval:
    if np.isnan(drawn).any():
        return Interval(estimate, -float("inf"), float("inf"))
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(estimate, float(low), float(high))
