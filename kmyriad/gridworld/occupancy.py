"""Where a softmax table goes: exact state distributions by dynamic programming, entropies, specialisation."""

from typing import NamedTuple

import torch

from kmyriad.gridworld.worlds import World


def probabilities(theta: torch.Tensor) -> torch.Tensor:
    """Return pi(a | s) [..., 4, states] of the softmax tables `theta` [..., 4, states]."""
    return theta.softmax(-2)


def occupancy(world: World, policy: torch.Tensor) -> torch.Tensor:
    """Return d_pi [..., states]: the share of the horizon + 1 states of a trajectory that each state makes up on average.

    `policy` [..., 4, states] is pi(a | s); the result is float64, exact, and differentiable in `policy`.
    """
    step = torch.einsum("...as,sax->...sx", policy.double(), world.transitions)
    now = torch.zeros(*policy.shape[:-2], world.states, dtype=torch.float64)
    now[..., world.start] = 1
    total = now
    for _ in range(world.horizon):
        now = torch.einsum("...s,...sx->...x", now, step)
        total = total + now
    return total / (world.horizon + 1)


def entropy(distribution: torch.Tensor) -> torch.Tensor:
    """Return -sum p log p of `distribution` [..., states], in nats."""
    return torch.special.entr(distribution).sum(-1)


class Specialisation(NamedTuple):
    """What the entropy of the mixture is made of, in nats: mixture = individual + divergence (Section 4)."""

    mixture: torch.Tensor
    """[...]: entropy of the mean of the agents' distributions."""
    individual: torch.Tensor
    """[...]: mean entropy of an agent's distribution."""
    divergence: torch.Tensor
    """[...]: mean KL divergence of an agent's distribution from the mixture."""


def specialisation(distributions: torch.Tensor) -> Specialisation:
    """Return the decomposition of the entropy of the mixture of `distributions` [..., m, states]."""
    mixture = distributions.mean(-2)
    terms = torch.special.xlogy(distributions, distributions) - torch.special.xlogy(distributions, mixture[..., None, :])
    return Specialisation(entropy(mixture), entropy(distributions).mean(-1), terms.sum(-1).mean(-1))
