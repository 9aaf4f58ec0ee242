"""Data sets for offline learning: what agents bring home from one trajectory each."""

import math
from typing import NamedTuple

import torch

from kmyriad.gridworld.occupancy import entropy, probabilities
from kmyriad.gridworld.rollout import Trajectories, sample
from kmyriad.gridworld.worlds import ACTIONS, World


class Transitions(NamedTuple):
    """Steps [..., N], int64."""

    states: torch.Tensor
    actions: torch.Tensor
    """The intended ones, whatever was carried out."""
    successors: torch.Tensor


def dataset(world: World, policy: torch.Tensor, trajectories: int, generator: torch.Generator) -> Trajectories:
    """Return `trajectories` trajectories of each of the m agents of `policy` [..., m, 4, states], pi(a | s), side by side.

    Parallel agents bring one each; the single agent that they are compared with brings m (De Paola et al., 2025, Section 6).
    The states are [..., m * trajectories, horizon + 1], the actions one shorter.
    """
    if policy.ndim < 3 or policy.shape[-2:] != (len(ACTIONS), world.states):
        raise ValueError(f"policy must be [..., agents, {len(ACTIONS)}, {world.states}], got {list(policy.shape)}")
    return Trajectories(*(part.flatten(-3, -2) for part in sample(world, policy, generator, trajectories)))


def transitions(data: Trajectories) -> Transitions:
    """Return all steps of the trajectories of each data set, N = trajectories * horizon."""
    parts = data.states[..., :-1], data.actions, data.states[..., 1:]
    return Transitions(*(part.flatten(-2) for part in parts))


def uniform(world: World) -> torch.Tensor:
    """Return the policy [1, 4, states] of the one agent with theta = 0: each action is as likely."""
    return probabilities(torch.zeros(1, len(ACTIONS), world.states, dtype=torch.float64))


def normalised_entropy(world: World, states: torch.Tensor) -> torch.Tensor:
    """Return the entropy of the pooled visits `states` [..., trajectories, horizon + 1], a share of log(free cells), [...]."""
    visits = states.flatten(-2)
    counts = torch.zeros(*visits.shape[:-1], world.states, dtype=torch.float64)
    counts.scatter_add_(-1, visits, torch.ones(visits.shape, dtype=torch.float64))
    return entropy(counts / visits.shape[-1]) / math.log(len(world.free))
