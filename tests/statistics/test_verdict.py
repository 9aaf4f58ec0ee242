"""Intervals against hand-worked Student and Welch numbers, and what follows from them."""

import math

import numpy as np
import pytest

from kmyriad.statistics.intervals import Interval, difference_interval, mean_interval
from kmyriad.statistics.verdict import above_zero, contains


def test_mean_interval_by_hand() -> None:
    # 1, 2, 3: sd 1, standard error 1 / sqrt 3 = 0.57735, t(0.975, 2) = 4.302653: half width 2.484138.
    assert mean_interval(np.array([1.0, 2.0, 3.0])) == pytest.approx((2.0, -0.484138, 4.484138), abs=1e-6)


def test_difference_interval_by_hand() -> None:
    # Variances 1 and 4, n = 3 each: variance of the difference 1/3 + 4/3 = 5/3. Welch's degrees of freedom:
    # (5/3)^2 / ((1/3)^2 / 2 + (4/3)^2 / 2) = 2.7778 / 0.94444 = 2.941176; t(0.975, 2.941176) = 3.218759 (tables: 3.18 at 3,
    # 4.30 at 2), half width 3.218759 * sqrt(5/3) = 4.155400.
    interval = difference_interval(np.array([1.0, 2.0, 3.0]), np.array([-2.0, 0.0, 2.0]))
    assert interval.estimate == 2.0
    assert interval.high - interval.estimate == pytest.approx(4.155400, abs=1e-6)


def test_equal_variances_and_sizes_are_students_test() -> None:
    # Then Welch's degrees of freedom are 2 n - 2 = 4, t(0.975, 4) = 2.776445; half width 2.776445 * sqrt(2/3) = 2.266958.
    interval = difference_interval(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0]))
    assert interval == pytest.approx((1.0, 1 - 2.266958, 1 + 2.266958), abs=1e-6)


def test_one_seed_decides_nothing() -> None:
    one, two = np.array([1.0]), np.array([5.0, 6.0])
    assert above_zero(difference_interval(two, one)) == "undecided"
    assert contains(mean_interval(one), 1.0) == "undecided"


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(0.1, 2, "supported"), (-2, -0.1, "not supported"), (-1, 1, "undecided"), (0.0, 1, "undecided")]
)
def test_above_zero(low: float, high: float, verdict: str) -> None:
    assert above_zero(Interval((low + high) / 2, low, high)) == verdict


def test_contains() -> None:
    assert [contains(Interval(1.0, 0.5, 1.5), value) for value in (0.5, 1.6)] == ["supported", "not supported"]


def test_equal_samples_have_no_width() -> None:
    assert mean_interval(np.array([2.0, 2.0])) == (2.0, 2.0, 2.0)
    assert difference_interval(np.array([2.0, 2.0]), np.array([1.0, 1.0])) == (1.0, 1.0, 1.0)


def test_coverage() -> None:
    # 95 % of 4000 intervals from 3 normal samples hold the mean: standard deviation 0.0034.
    samples = np.random.default_rng(0).normal(size=(4000, 3))
    held = [interval.low <= 0 <= interval.high for interval in map(mean_interval, samples)]
    assert math.isclose(np.mean(held), 0.95, abs_tol=0.015)
