"""Intervals of ratios of variances: known answers, and what defines them."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from kmyriad.statistics.spread import paired_variance_ratio, variance_ratio

PAIRS = np.array([[1.0, 2, 4, 7, 5, 9], [2.0, 2.5, 2, 4, 3.5, 4]])


def test_independent_samples_by_hand() -> None:
    # Variances 4 and 1, three each. F(0.975; 2, 2) = 39 and F(0.025; 2, 2) = 1 / 39, as F / (1 + F) is uniform there.
    found = variance_ratio(np.array([1.0, 3, 5]), np.array([0.0, 1, 2]))
    assert found == pytest.approx((4, 4 / 39, 4 * 39))
    # Degrees of freedom are each sample's own: F(0.975; 2, 4) = 10.6491 and F(0.025; 2, 4) = 1 / F(0.975; 4, 2) = 1 / 39.2484.
    found = variance_ratio(np.array([1.0, 3, 5]), np.array([-2.0, -1, 0, 1, 2]))
    assert found == pytest.approx((1.6, 1.6 / 10.6491, 1.6 * 39.2484), abs=1e-3)


def test_paired_samples_by_hand() -> None:
    # Uncorrelated, variances 20 / 3 and 2 / 3 * 2; t(0.975, 2) = 4.302653: K = 1 + 4.302653^2 = 19.512821,
    # sqrt(K^2 - 1) = 19.487180.
    first, second = np.array([-3.0, -1, 1, 3]), np.array([1.0, -1, -1, 1])
    assert paired_variance_ratio(first, second) == pytest.approx((5, 5 * (19.512821 - 19.487180), 5 * 39.000001), abs=1e-3)


def test_paired_bounds_are_where_sum_and_difference_just_correlate() -> None:
    # Pitman's test that var(x) = rho var(y) asks whether x + sqrt(rho) y and x - sqrt(rho) y are correlated.
    x, y = PAIRS
    for bound in paired_variance_ratio(x, y)[1:]:
        assert pearsonr(x + bound**0.5 * y, x - bound**0.5 * y).pvalue == pytest.approx(0.05, abs=1e-9)


def test_one_pair_against_the_other_way_round() -> None:
    for ratio in (variance_ratio, paired_variance_ratio):
        there, back = ratio(*PAIRS), ratio(*PAIRS[::-1])
        assert there == pytest.approx((1 / back.estimate, 1 / back.high, 1 / back.low))


def test_the_same_sample_scaled_has_no_doubt() -> None:
    assert paired_variance_ratio(2 * PAIRS[0], PAIRS[0]) == pytest.approx((4, 4, 4), abs=1e-5)


@pytest.mark.parametrize("ratio", [variance_ratio, paired_variance_ratio])
def test_too_little_decides_nothing(ratio: object) -> None:
    assert callable(ratio)
    for first, second in [([1.0], [2.0]), ([1.0, 2, 3], [5.0, 5, 5]), ([5.0, 5, 5], [1.0, 2, 3])]:
        assert ratio(np.array(first), np.array(second))[1:] == (0, np.inf)
    assert paired_variance_ratio(np.array([1.0, 2]), np.array([1.0, 4]))[1:] == (0, np.inf)
