"""What the tests of small worlds share."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch

from kmyriad.gridworld import World


class Enumeration(NamedTuple):
    """All trajectories of a world that a policy gives a chance."""

    probabilities: torch.Tensor
    """[trajectories], float64, differentiable in the policy."""
    states: torch.Tensor
    """[trajectories, horizon + 1]."""
    actions: torch.Tensor
    """[trajectories, horizon]: the intended ones."""


def _enumerate(world: World, policy: torch.Tensor) -> Enumeration:
    found = [(torch.ones((), dtype=torch.float64), [world.start], [])]
    for _ in range(world.horizon):
        found = [
            (chance * policy[action, states[-1]] * world.transitions[states[-1], action, to], [*states, to], [*actions, action])
            for chance, states, actions in found
            for action in range(4)
            for to in world.transitions[states[-1], action].nonzero().flatten().tolist()
        ]
    chances, states, actions = zip(*found, strict=True)
    return Enumeration(torch.stack(chances), torch.tensor(states), torch.tensor(actions))


@pytest.fixture
def enumerated() -> Callable[[World, torch.Tensor], Enumeration]:
    """Enumerates the trajectories of `world` under `policy` [4, states], by recursion."""
    return _enumerate
