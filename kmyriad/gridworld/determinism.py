"""How certain agents are of their actions, where they go (De Paola et al., 2025, Appendix C.4)."""

import math

import torch

from kmyriad.gridworld.occupancy import entropy, occupancy
from kmyriad.gridworld.worlds import ACTIONS, World


def action_entropy(policy: torch.Tensor) -> torch.Tensor:
    """Return the entropy of pi(a | s), `policy` [..., 4, states], as a share of log 4 [..., states]: 0 certain, 1 uniform."""
    return entropy(policy.transpose(-1, -2)) / math.log(len(ACTIONS))


def mean_action_entropy(world: World, policy: torch.Tensor) -> torch.Tensor:
    """Return the mean over agents of `action_entropy` where they go, [...]: each state counts by its visits.

    `policy` [..., m, 4, states]. States that nobody visits keep the policy of the beginning and say nothing.
    """
    return (occupancy(world, policy) * action_entropy(policy)).sum(-1).mean(-1)
