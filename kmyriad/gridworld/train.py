"""PGPSE: policy gradient for parallel state entropy maximisation (De Paola et al., 2025, Algorithm 1)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

from kmyriad.gridworld.occupancy import entropy, occupancy, probabilities
from kmyriad.gridworld.rollout import Walkers, draw
from kmyriad.gridworld.worlds import ACTIONS, World
from kmyriad.gridworld.worlds import world as build
from kmyriad.names import choose

OBJECTIVES = ("finite", "infinite")


@dataclass(frozen=True)
class Training:
    """What `train` returns, float64."""

    entropy: torch.Tensor
    """[seeds, updates]: the objective before each update, divided by the log of the number of free cells."""
    support: torch.Tensor
    """[seeds, updates]: mean number of distinct cells in the pooled trajectories, or its bound (`InfiniteTrials`)."""
    theta: torch.Tensor
    """[seeds, agents, 4, states]: the softmax tables after the last update."""


def train(
    world: str | World,
    agents: int,
    trajectories: int = 1,
    updates: int = 10_000,
    seeds: Sequence[int] = (0, 1, 2, 42, 133),
    lr: float = 0.15,
    baseline: bool = False,
    decay: float = 1.0,
    batch: int = 40,
    objective: str = "finite",
) -> Training:
    """Return `agents` softmax tables per seed that together maximise the entropy of the states they visit.

    theta_i += lr decay^update grad_i J from theta ~ U[-1, 1]. "finite" is Definition 3.3 of De Paola et al., 2025, the
    expected entropy of the pooled visits of `trajectories` trajectories of each agent (see `FiniteTrials`); "infinite" is
    Definition 3.2, the entropy of the expected visits, for which `trajectories`, `batch` and `baseline` don't matter.
    agents=m is the paper's parallel arm, agents=1, trajectories=m its single agent. lr=0.1, decay=0.999 is its text taken
    literally; the defaults are those of its authors' code.

    A seed gives the same bytes whichever other seeds are trained beside it ("infinite": up to rounding), and fewer updates
    give the beginning of more.

    Raises:
        ValueError: unknown world or objective; a number out of its range; no seeds.
    """
    _check(agents, trajectories, updates, batch, lr, decay)
    if not seeds:
        raise ValueError("no seeds: give at least one")
    world = build(world) if isinstance(world, str) else world
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    theta = torch.stack([_initial(world, agents, generator) for generator in generators], 1)
    climb: Callable[[torch.Tensor], Ascent]
    if choose(objective, OBJECTIVES, "objective") == "finite":
        climb = FiniteTrials(world, agents, trajectories, batch, generators, baseline)
    else:
        climb = InfiniteTrials(world, agents * trajectories)
    log = torch.empty(2, len(seeds), updates, dtype=torch.float64)
    for update in range(updates):
        ascent = climb(theta)
        theta.add_(ascent.gradient, alpha=lr * decay**update)
        log[0, :, update], log[1, :, update] = ascent.entropy, ascent.support
    return Training(log[0] / math.log(len(world.free)), log[1], theta.movedim(0, -2).contiguous())


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


def _initial(world: World, agents: int, generator: torch.Generator) -> torch.Tensor:
    return 2 * torch.rand(len(ACTIONS), agents, world.states, generator=generator, dtype=torch.float64) - 1


def _to_pool(shape: tuple[int, int, int, int], states: int) -> torch.Tensor:
    """Return what turns a walker's position, table * states + state, into pool * states + state, for walkers of `shape`."""
    seeds, agents, batch, _ = shape
    pool = torch.arange(seeds * batch).view(seeds, 1, batch, 1)
    table = torch.arange(seeds * agents).view(seeds, agents, 1, 1)
    return (states * (pool - table)).expand(shape).flatten()


def _check(agents: int, trajectories: int, updates: int, batch: int, lr: float, decay: float) -> None:
    numbers = {"agents": agents, "trajectories": trajectories, "updates": updates, "batch": batch}
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} = {number}: must be at least 1")
    if not 0 < lr < math.inf:
        raise ValueError(f"lr = {lr}: must be above 0 and finite")
    if not 0 < decay <= 1:
        raise ValueError(f"decay = {decay}: must be above 0 and at most 1, which keeps lr constant")
