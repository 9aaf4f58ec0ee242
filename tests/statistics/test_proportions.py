"""Score intervals of shares against printed ones."""

import numpy as np
import pytest

from kmyriad.statistics.proportions import share_difference, share_interval


def seeds(found: int, number: int) -> np.ndarray:
    return np.arange(number) < found


@pytest.mark.parametrize(
    ("found", "number", "low", "high"),
    # Newcombe (1998, Statistics in Medicine 17, 857), Table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_printed_share(found: int, number: int, low: float, high: float) -> None:
    assert share_interval(seeds(found, number)) == pytest.approx((found / number, low, high), abs=5e-5)


def test_none_and_all_touch_the_edge_exactly() -> None:
    assert share_interval(seeds(0, 8)).low == 0 and share_interval(seeds(8, 8)).high == 1
    assert share_interval(seeds(1, 8)).low > 0
    # 1 of 1 with z^2 = 3.841459: the lower bound is 1 / (1 + z^2).
    assert share_interval(seeds(1, 1)) == pytest.approx((1, 1 / 4.841459, 1), abs=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    # Newcombe (1998, Statistics in Medicine 17, 873), Table II, method 10.
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 20), 0.6791, 1.0)],
)
def test_printed_difference(first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
    found = share_difference(seeds(*first), seeds(*second))
    assert found == pytest.approx((first[0] / first[1] - second[0] / second[1], low, high), abs=5e-5)
    turned = share_difference(seeds(*second), seeds(*first))
    assert turned == pytest.approx((-found.estimate, -found.high, -found.low))
