"""Data sets whose content, entropy and agents' certainty are known."""

import pytest
import torch

from kmyriad.gridworld import parse
from kmyriad.gridworld.datasets import dataset, normalised_entropy, transitions, uniform
from kmyriad.gridworld.determinism import action_entropy, mean_action_entropy
from kmyriad.gridworld.rollout import Trajectories

CHAIN = parse("chain", "SFF")
LEFT, RIGHT = 0, 2


def always(action: int, states: int = 3) -> torch.Tensor:
    """The policy [4, states] that takes `action` everywhere."""
    policy = torch.zeros(4, states, dtype=torch.float64)
    policy[action] = 1
    return policy


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_agents_bring_their_trajectories_side_by_side() -> None:
    # Horizon 2: the first agent runs to the end of the chain, the second bumps into the border.
    data = dataset(CHAIN, torch.stack([always(RIGHT), always(LEFT)]), 2, seeded())
    assert data.states.tolist() == [[0, 1, 2], [0, 1, 2], [0, 0, 0], [0, 0, 0]]
    assert data.actions.tolist() == [[RIGHT] * 2] * 2 + [[LEFT] * 2] * 2


def test_transitions_of_one_data_set_after_another() -> None:
    data = Trajectories(torch.tensor([[[0, 1, 2], [0, 0, 1]]]), torch.tensor([[[2, 2], [0, 2]]]))
    steps = transitions(data)
    assert steps.states.tolist() == [[0, 1, 0, 0]]
    assert steps.actions.tolist() == [[2, 2, 0, 2]]
    assert steps.successors.tolist() == [[1, 2, 0, 1]]


def test_actions_are_the_intended_ones() -> None:
    # Each step slips, so RIGHT is never carried out: left, up and down all stay at the left end.
    data = dataset(parse("chain", "SFF", slip=1.0), always(RIGHT)[None], 5, seeded())
    assert (data.actions == RIGHT).all()
    assert (data.states == 0).all()


def test_data_sets_of_several_policies() -> None:
    policy = torch.stack([always(RIGHT)[None], always(LEFT)[None]])
    assert dataset(CHAIN, policy, 1, seeded()).states.tolist() == [[[0, 1, 2]], [[0, 0, 0]]]


def test_entropy_of_pooled_visits() -> None:
    # Visits 0 1 2 and 0 0 1: shares 1/2, 1/3, 1/6. H = ln(2)/2 + ln(3)/3 + ln(6)/6 = 1.011404, over ln 3 = 0.920620.
    states = torch.tensor([[[0, 1, 2], [0, 0, 1]], [[0, 1, 2], [0, 1, 2]], [[0, 0, 0], [0, 0, 0]]])
    assert normalised_entropy(CHAIN, states).tolist() == pytest.approx([0.920620, 1.0, 0.0], abs=1e-6)


def test_uniform_policy_is_theta_zero() -> None:
    assert torch.equal(uniform(CHAIN), torch.full((1, 4, 3), 0.25, dtype=torch.float64))


def test_random_data_sets() -> None:
    # Of 3 visits in the chain: 0 0 0 (probability 0.75^2) has no entropy; 0 1 2 (0.25^2) has ln 3; 0 0 1, 0 1 1 and 0 1 0
    # (0.75 * 0.25 + 0.25 * 0.75) have ln(3) - ln(4)/3 = 0.636514. Mean: 0.307356 = 0.279768 ln 3.
    entropies = normalised_entropy(CHAIN, dataset(CHAIN, uniform(CHAIN).expand(20_000, 1, 4, 3), 1, seeded()).states)
    # Standard deviation 0.31, so three standard errors are 0.0066.
    assert float(entropies.mean()) == pytest.approx(0.279768, abs=0.0066)


def test_a_policy_of_another_shape() -> None:
    with pytest.raises(ValueError, match=r"policy must be \[..., agents, 4, 3\], got \[4, 3\]"):
        dataset(CHAIN, always(LEFT), 1, seeded())
    with pytest.raises(ValueError, match=r"got \[1, 4, 5\]"):
        dataset(CHAIN, always(LEFT, states=5)[None], 1, seeded())


def test_action_entropy() -> None:
    # State 0: two actions alike, ln 2 / ln 4 = 1/2; state 1: certain; state 2: uniform.
    policy = torch.tensor([[0.5, 0, 0.25], [0.5, 0, 0.25], [0, 1, 0.25], [0, 0, 0.25]], dtype=torch.float64)
    assert action_entropy(policy).tolist() == pytest.approx([0.5, 0.0, 1.0])


def test_mean_action_entropy_counts_visits() -> None:
    # Agent 0 visits 0, 1 and 2 a third each: (0 + 0 + 1) / 3. Agent 1 stays at 0, where it is certain; what it would do
    # elsewhere (uniform) does not count: 0. Mean 1/6.
    runner, stayer = always(RIGHT), always(LEFT)
    runner[:, 2] = 0.25
    stayer[:, 1:] = 0.25
    assert float(mean_action_entropy(CHAIN, torch.stack([runner, stayer]))) == pytest.approx(1 / 6)
    assert float(mean_action_entropy(CHAIN, uniform(CHAIN))) == pytest.approx(1.0)
