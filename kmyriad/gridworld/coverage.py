"""How well agents cover a world, and how they divide it, from where they went."""

import math
from typing import NamedTuple

import torch

from kmyriad.gridworld.datasets import normalised_entropy
from kmyriad.gridworld.occupancy import specialisation
from kmyriad.gridworld.worlds import World


class Coverage(NamedTuple):
    """What m trajectories cover together, and what the agents' visits share; entropies are divided by log(free cells)."""

    entropy: float
    """Mean entropy of the pooled visits of m trajectories."""
    support: float
    """Mean number of distinct cells in them."""
    mixture: float
    """Entropy of the mean of the agents' distributions."""
    individual: float
    """Mean entropy of an agent's distribution."""
    divergence: float
    """Mean KL divergence of an agent's distribution from the mixture; mixture = individual + divergence."""


def coverage(world: World, states: torch.Tensor, distributions: torch.Tensor, trajectories: int = 1) -> Coverage:
    """Return what the agents with the visits `states` [agents, n, horizon + 1] and `distributions` [agents, states] cover.

    Pools are made of `trajectories` trajectories of each agent, so m = agents * trajectories, and n // trajectories pools are
    averaged. `distributions` is exact where it is known (`occupancy`), and `visited` otherwise.
    """
    agents, n, length = states.shape
    pools = states[:, : n - n % trajectories].reshape(agents, -1, trajectories, length).movedim(0, 1).flatten(1, 2)
    distinct = torch.zeros(len(pools), world.states).scatter_(1, pools.flatten(1), 1.0).sum(1)
    shares = (float(part) / math.log(len(world.free)) for part in specialisation(distributions))
    return Coverage(float(normalised_entropy(world, pools).mean()), float(distinct.mean()), *shares)


def visited(world: World, states: torch.Tensor) -> torch.Tensor:
    """Return the share [agents, states] of the visits `states` [agents, n, horizon + 1] that each state makes up, float64."""
    visits = states.flatten(1)
    counts = torch.zeros(len(visits), world.states, dtype=torch.float64)
    return counts.scatter_add_(1, visits, torch.ones_like(visits, dtype=torch.float64)) / visits.shape[1]
