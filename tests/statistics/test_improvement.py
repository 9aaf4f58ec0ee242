"""How often one algorithm beats another, counted by hand."""

import numpy as np
import pytest

from kmyriad.statistics.improvement import better, improvement


def test_pairs_are_counted() -> None:
    # Of the pairs of (1, 3) and (2, 3): 1 loses twice, 3 wins once and ties once: 1.5 of 4.
    assert better(np.array([1.0, 3]), np.array([2.0, 3])) == pytest.approx(1.5 / 4)
    assert better(np.array([[1.0, 3], [5, 5]]), np.array([2.0, 3])).tolist() == [1.5 / 4, 1]


def test_games_count_alike_whatever_their_scores() -> None:
    # 1 in the first game, 0 in the second: no resample can change either.
    pairs = [(np.array([2000.0, 3000]), np.array([10.0, 20])), (np.array([0.1, 0.1]), np.array([0.2, 0.3]))]
    assert improvement(pairs, 100) == pytest.approx((0.5, 0.5, 0.5))


def test_the_interval_is_that_of_resampled_seeds() -> None:
    # Seeds 0 and 1 against 0.5: resamples win 0, 1/2 or 1 of the time, with probabilities 1/4, 1/2, 1/4.
    assert improvement([(np.array([0.0, 1]), np.array([0.5]))], 1000) == pytest.approx((0.5, 0, 1))
    assert improvement([(np.array([1.0]), np.array([0.0]))], 10) == (1, -np.inf, np.inf)
