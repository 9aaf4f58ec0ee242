"""Exact state distributions against enumeration, and what the entropy of a mixture is made of."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kmyriad.gridworld import entropy, occupancy, parse, probabilities, specialisation, world


def table(world_states: int, seed: int, *lead: int) -> torch.Tensor:
    theta = torch.randn(*lead, 4, world_states, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return probabilities(2 * theta)


@pytest.mark.parametrize(("text", "slip", "horizon"), [("SF\nFF", 0.3, 3), ("FSF", 0.2, 4), ("SF\n-F", 0.0, 4), ("SFF", 1.0, 3)])
def test_occupancy_is_the_mean_of_all_trajectories(text: str, slip: float, horizon: int, enumerated: Callable) -> None:
    small = parse("small", text, slip, horizon)
    policy = table(small.states, 3)
    all_of_them = enumerated(small, policy)
    assert all_of_them.probabilities.sum().item() == pytest.approx(1, abs=1e-14)
    visits = torch.nn.functional.one_hot(all_of_them.states, small.states).double().sum(1)
    expected = all_of_them.probabilities @ visits / (horizon + 1)
    torch.testing.assert_close(occupancy(small, policy), expected, rtol=0, atol=1e-14)


def test_three_cells_by_hand() -> None:
    # SFF, uniform policy, 2 actions. From the left end only "right" moves: 1/4; from the middle left and right do.
    # t=0: 1, 0, 0; t=1: 3/4, 1/4, 0; t=2: 9/16 + 1/16, 3/16 + 1/8, 1/16. Sums 38/16, 9/16, 1/16, over 3.
    expected = torch.tensor([38, 9, 1], dtype=torch.float64) / 48
    torch.testing.assert_close(occupancy(parse("row", "SFF"), torch.full((4, 3), 0.25)), expected, rtol=0, atol=1e-15)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(seed=st.integers(0, 2**31), slip=st.floats(0, 1), horizon=st.integers(1, 30), name=st.sampled_from(["room", "maze"]))
def test_occupancy_is_a_distribution_over_free_cells(seed: int, slip: float, horizon: int, name: str) -> None:
    made = world(f"{name}-det", slip=slip, horizon=horizon)
    shares = occupancy(made, table(made.states, seed, 2, 3))
    assert shares.shape == (2, 3, made.states)
    assert (shares >= 0).all()
    torch.testing.assert_close(shares[..., made.free].sum(-1), torch.ones(2, 3, dtype=torch.float64), rtol=0, atol=1e-13)
    assert (shares[..., made.start] * (horizon + 1) >= 1 - 1e-12).all()


@settings(deadline=None, max_examples=60, derandomize=True)
@given(seed=st.integers(0, 2**31), agents=st.integers(1, 7), zeros=st.integers(0, 9))
def test_mixture_is_individual_plus_divergence(seed: int, agents: int, zeros: int) -> None:
    shares = torch.rand(agents, 10, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 1e-3
    shares[0, :zeros] = 0
    parts = specialisation(shares / shares.sum(-1, keepdim=True))
    assert parts.mixture.item() == pytest.approx((parts.individual + parts.divergence).item(), abs=1e-12)
    assert parts.divergence >= -1e-15


def test_disjoint_agents_diverge_by_log_two() -> None:
    # Uniform over 2 and over 4 other cells: individual (log 2 + log 4)/2 = 3/2 log 2, divergence log 2.
    shares = torch.tensor([[1 / 2, 1 / 2, 0, 0, 0, 0], [0, 0, 1 / 4, 1 / 4, 1 / 4, 1 / 4]], dtype=torch.float64)
    parts = specialisation(shares)
    assert parts.individual.item() == pytest.approx(1.5 * math.log(2), abs=1e-15)
    assert parts.divergence.item() == pytest.approx(math.log(2), abs=1e-15)
    assert parts.mixture.item() == pytest.approx(2.5 * math.log(2), abs=1e-15)


def test_equal_agents_do_not_diverge() -> None:
    shares = torch.tensor([[0.5, 0.25, 0.25]] * 3, dtype=torch.float64)
    parts = specialisation(shares)
    assert parts.divergence.item() == 0
    assert parts.mixture.item() == pytest.approx(1.5 * math.log(2), abs=1e-15)  # 1/2 log 2 + 1/2 log 4


def test_entropy_of_certainty_and_of_ignorance() -> None:
    sure, equal = torch.tensor([0.0, 1, 0, 0]), torch.full((4,), 0.25)
    assert entropy(torch.stack([sure, equal])).tolist() == pytest.approx([0, math.log(4)])
