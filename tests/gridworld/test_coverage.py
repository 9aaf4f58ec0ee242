"""Coverage of hand-made visits, worked by hand, and against exact occupancies."""

from math import log

import pytest
import torch

from kmyriad.gridworld import coverage, occupancy, parse, probabilities, sample, visited, world

SQUARE = parse("square", "SF\nFF", horizon=1)
"""Four free cells, 0 to 3; trajectories of two states."""


def test_two_agents_by_hand() -> None:
    # Agent 0 always goes 0, 1; agent 1 goes 0, 2 once and 0, 0 once.
    states = torch.tensor([[[0, 1], [0, 1]], [[0, 2], [0, 0]]])
    found = coverage(SQUARE, states, visited(SQUARE, states))
    # Pools: {0: 2, 1: 1, 2: 1} of 4 with entropy 1.5 ln 2, and {0: 3, 1: 1} with ln 4 - 0.75 ln 3.
    assert found.entropy == pytest.approx((1.5 * log(2) + log(4) - 0.75 * log(3)) / 2 / log(4))
    assert found.support == (3 + 2) / 2
    # Shares (1/2, 1/2, 0, 0) and (3/4, 0, 1/4, 0); their mean is (5/8, 2/8, 1/8, 0).
    assert found.individual == pytest.approx((log(2) + log(4) - 0.75 * log(3)) / 2 / log(4))
    assert found.mixture == pytest.approx((log(8) - 5 / 8 * log(5) - 2 / 8 * log(2)) / log(4))
    assert found.divergence == pytest.approx(found.mixture - found.individual)


def test_pools_of_one_agent() -> None:
    # Pools of two trajectories: {0: 2, 1: 2} and {0: 2, 2: 1, 1: 1}; the fifth trajectory fills no pool.
    states = torch.tensor([[[0, 1], [0, 1], [0, 2], [0, 1], [0, 0]]])
    found = coverage(SQUARE, states, visited(SQUARE, states), trajectories=2)
    assert found.entropy == pytest.approx((log(2) + 1.5 * log(2)) / 2 / log(4))
    assert found.support == 2.5
    assert found.divergence == 0


def test_visits_approach_the_exact_occupancy() -> None:
    place = world("room-stoc")
    theta = 2 * torch.rand(3, 4, place.states, generator=torch.Generator().manual_seed(0)) - 1
    states = sample(place, probabilities(theta), torch.Generator().manual_seed(1), 20_000).states
    exact = occupancy(place, probabilities(theta))
    # A share p has a standard error of sqrt(p (1 - p) / n) at most 0.0036 if the visits of a trajectory were all alike.
    torch.testing.assert_close(visited(place, states), exact, atol=0.015, rtol=0)
    assert coverage(place, states, exact).mixture == pytest.approx(
        coverage(place, states, visited(place, states)).mixture, abs=0.01
    )
