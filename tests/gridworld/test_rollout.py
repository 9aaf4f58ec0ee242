"""Sampled trajectories against the tables that they are drawn from."""

from dataclasses import replace

import pytest
import torch

from kmyriad.gridworld import WORLDS, occupancy, parse, probabilities, sample, world

OPEN = parse("open", "FFF\nFSF\nFFF")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def table(states: int, *lead: int) -> torch.Tensor:
    return probabilities(torch.randn(*lead, 4, states, generator=generator(7), dtype=torch.float64) / 2)


def assert_within_errors(samples: torch.Tensor, expected: torch.Tensor, errors: float = 4) -> None:
    """Asserts that the mean of samples [n, ...] is as expected, within standard errors."""
    bound = errors * samples.std(0) / len(samples) ** 0.5
    assert ((samples.mean(0) - expected).abs() <= bound).all()


@pytest.mark.parametrize("name", WORLDS)
def test_visits_are_as_often_as_they_should_be(name: str) -> None:
    made = world(name)
    policy = table(made.states, 2)
    states = sample(made, policy, generator(), 5000).states
    visits = torch.nn.functional.one_hot(states, made.states).double().mean(-2)
    for samples, expected in zip(visits, occupancy(made, policy), strict=True):
        assert (samples[:, expected == 0] == 0).all()
        # Cells that few of the 5,000 trajectories visit are no normal variables, and count together.
        rare = expected < 1e-3
        assert (~rare).sum() > 10
        assert_within_errors(samples[:, ~rare], expected[~rare])
        assert_within_errors(samples[:, rare].sum(1), expected[rare].sum())


@pytest.mark.parametrize("slip", [0.0, 0.2, 1.0])
def test_first_steps_are_as_often_as_they_should_be(slip: float) -> None:
    # All four moves of the centre differ, so that intended action and next state show each slip on its own.
    made = replace(OPEN, slip=slip)
    policy = table(made.states)
    states, actions = sample(made, policy, generator(1), 20_000)
    pairs = torch.nn.functional.one_hot(actions[:, 0] * 9 + states[:, 1], 36).double()
    assert_within_errors(pairs, (policy[:, 4, None] * made.transitions[4]).flatten())


@pytest.mark.parametrize("name", ["room-det", "maze-det"])
def test_certain_worlds_follow_their_moves(name: str) -> None:
    made = world(name)
    states, actions = sample(made, table(made.states, 3), generator(), 50)
    assert torch.equal(states[..., 1:], made.moves[states[..., :-1], actions])


def test_a_world_that_always_slips_never_does_what_it_is_told() -> None:
    made = replace(OPEN, slip=1.0)
    states, actions = sample(made, table(made.states), generator(), 1000)
    assert (states[:, 1] != made.moves[4, actions[:, 0]]).all()


def test_shapes_and_starts() -> None:
    made = world("room-stoc")
    states, actions = sample(made, table(made.states, 5, 2), generator(), 3)
    assert states.shape == (5, 2, 3, 8)
    assert actions.shape == (5, 2, 3, 7)
    assert states.dtype == actions.dtype == torch.int64
    assert (states[..., 0] == 27).all()
    assert [part.shape for part in sample(made, table(made.states), generator())] == [(1, 8), (1, 7)]


def test_each_trajectory_is_of_its_own_table() -> None:
    policy = torch.eye(4)[:, :, None].expand(4, 4, OPEN.states)  # agent i always takes action i
    states, actions = sample(OPEN, policy, generator(), 2)
    assert torch.equal(actions, torch.arange(4)[:, None, None].expand(4, 2, 2))
    # From the centre 4: left 3 (and stay), down 7, right 5, up 1.
    assert states[:, 0].tolist() == [[4, 3, 3], [4, 7, 7], [4, 5, 5], [4, 1, 1]]
    assert torch.equal(states[:, 0], states[:, 1])


def test_actions_without_a_chance_are_never_taken() -> None:
    policy = torch.tensor([0.0, 0.5, 0.0, 0.5])[:, None].expand(4, OPEN.states)
    assert set(sample(OPEN, policy, generator(), 500).actions.unique().tolist()) == {1, 3}


def test_same_generator_state_same_trajectories() -> None:
    made = world("maze-stoc")
    one, same, other = (sample(made, table(made.states, 2), generator(seed), 20) for seed in (4, 4, 5))
    assert torch.equal(one.states, same.states) and torch.equal(one.actions, same.actions)
    assert not torch.equal(one.actions, other.actions)
