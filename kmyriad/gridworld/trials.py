"""The two objectives of PGPSE and their directions of ascent (De Paola et al., 2025, Definitions 3.2 and 3.3)."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch

from kmyriad.gridworld.occupancy import entropy, occupancy, probabilities
from kmyriad.gridworld.rollout import Walkers, draw
from kmyriad.gridworld.worlds import World


class Ascent(NamedTuple):
    """An objective at some tables, and its direction of ascent."""

    gradient: torch.Tensor
    """[4, seeds, agents, states]."""
    entropy: torch.Tensor
    """[seeds], in nats."""
    support: torch.Tensor
    """[seeds], in cells."""


class FiniteTrials:
    """Sampled gradient of the expected entropy of pooled visits (Section 5, Algorithm 1).

    grad_i J = 1/B sum_b H_b sum_(k,t) grad log pi_i(a | s), where H_b is the entropy of the visits, first and last states
    included, of all `trajectories` trajectories of all agents, and the second sum runs over those of agent i. With
    `baseline` the mean of H over the batch is subtracted from H_b, which makes (1 - 1/B) times the gradient, with less noise.
    """

    def __init__(
        self, world: World, agents: int, trajectories: int, batch: int, generators: Sequence[torch.Generator], baseline: bool
    ) -> None:
        self._world, self._generators, self._baseline = world, generators, baseline
        self._shape = (len(generators), agents, batch, trajectories)  # of the walkers
        self._walkers = Walkers(world, len(generators) * agents, batch * trajectories)
        self._to_pool = _to_pool(self._shape, world.states)
        share = torch.linspace(0, 1, agents * trajectories * (world.horizon + 1) + 1, dtype=torch.float64)
        self._entropy_of_count = torch.special.entr(share)

    def __call__(self, theta: torch.Tensor) -> Ascent:
        """Return the ascent at `theta` [4, seeds, agents, states] from new trajectories."""
        policy = theta.softmax(0)
        chances = draw(self._world, self._generators, math.prod(self._shape[1:]))
        walk = self._walkers.walk(policy.flatten(1), chances)
        entropies, support = self._pooled(walk.positions)
        value = entropies.mean(1)
        worth = entropies - value[:, None] if self._baseline else entropies
        # grad log pi(a | s) = one_hot(a) - pi(s), so the score needs the worth of each choice and that of each visit only.
        weights = worth[:, None, :, None].expand(self._shape).reshape(1, -1).expand(walk.choices.shape)
        worths = torch.bincount(walk.choices.flatten(), weights.flatten(), theta.numel()).view_as(theta)
        return Ascent((worths - policy * worths.sum(0)) / self._shape[2], value, support)

    def _pooled(self, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the entropy [seeds, batch] of each pool's visits and the mean number [seeds] of its distinct cells."""
        seeds, _, batch, _ = self._shape
        cells = (positions + self._to_pool).flatten()
        counts = torch.bincount(cells, minlength=seeds * batch * self._world.states)
        entropies = self._entropy_of_count.index_select(0, counts).view(seeds, batch, -1).sum(-1)
        return entropies, counts.clamp_(max=1).view(seeds, -1).sum(-1) / batch


class InfiniteTrials:
    """Exact gradient of the entropy of the mean occupancy of the agents (Definition 3.2).

    The support is sum_s min(1, expected visits of s by `walkers` walkers), which bounds the mean number of distinct cells
    from above, and equals it where trajectories are certain.
    """

    def __init__(self, world: World, walkers: int) -> None:
        self._world, self._visits = world, walkers * (world.horizon + 1)

    def __call__(self, theta: torch.Tensor) -> Ascent:
        """Return the ascent at `theta` [4, seeds, agents, states]."""
        theta = theta.detach().requires_grad_()
        mixture = occupancy(self._world, probabilities(theta.movedim(0, -2))).mean(-2)
        # Walls and what is out of reach add nothing, and so should their gradient, but that of p log p at 0 is infinite.
        value = entropy(mixture.clamp_min(torch.finfo(mixture.dtype).tiny))
        (gradient,) = torch.autograd.grad(value.sum(), theta)
        support = (self._visits * mixture.detach()).clamp(max=1).sum(-1)
        return Ascent(gradient, value.detach(), support)


def _to_pool(shape: tuple[int, int, int, int], states: int) -> torch.Tensor:
    """Return what turns a walker's position, table * states + state, into pool * states + state, for walkers of `shape`."""
    seeds, agents, batch, _ = shape
    pool = torch.arange(seeds * batch).view(seeds, 1, batch, 1)
    table = torch.arange(seeds * agents).view(seeds, agents, 1, 1)
    return (states * (pool - table)).expand(shape).flatten()
