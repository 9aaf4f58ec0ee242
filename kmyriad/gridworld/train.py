"""PGPSE: policy gradient for parallel state entropy maximisation (De Paola et al., 2025, Algorithm 1)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import torch

from kmyriad.gridworld.trials import Ascent, FiniteTrials, InfiniteTrials
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


@dataclass(frozen=True)
class SeedBlock:
    """Means of one seed over the updates of a block, as in `Training`."""

    seed: int
    entropy: float
    support: float


@dataclass(frozen=True)
class Block:
    """One row of the metrics: the block's number from 0, updates made by its end, means over the seeds, and its time."""

    epoch: int
    update: int
    entropy: float
    support: float
    seconds_training: float
    seeds: tuple[SeedBlock, ...]


class GridworldTraining:
    """Softmax tables of `agents` agents per seed, [4, seeds, agents, states] in `theta`; its state is `state_dict`.

    The settings are those of `train`, but for `updates`: an epoch is a block of so many. A training that is resumed after any
    block goes on with the same bytes.

    Raises:
        ValueError: as `train`.
    """

    def __init__(
        self,
        world: str | World,
        agents: int,
        trajectories: int = 1,
        updates: int = 50,
        seeds: Sequence[int] = (0, 1, 2, 42, 133),
        lr: float = 0.15,
        baseline: bool = False,
        decay: float = 1.0,
        batch: int = 40,
        objective: str = "finite",
    ) -> None:
        _check(agents, trajectories, updates, batch, lr, decay)
        if not seeds:
            raise ValueError("no seeds: give at least one")
        world = build(world) if isinstance(world, str) else world
        self.seeds, self.lr, self.decay, self.block = tuple(seeds), lr, decay, updates
        self.next_epoch, self._log_cells = 0, math.log(len(world.free))
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.theta = torch.stack([_initial(world, agents, generator) for generator in self._generators], 1)
        self._ascend: Callable[[torch.Tensor], Ascent]
        if choose(objective, OBJECTIVES, "objective") == "finite":
            self._ascend = FiniteTrials(world, agents, trajectories, batch, self._generators, baseline)
        else:
            self._ascend = InfiniteTrials(world, agents * trajectories)

    def climb(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Make the updates of the next block; return entropy and support before each, [seeds, block], as in `Training`."""
        log = torch.empty(2, len(self.seeds), self.block, dtype=torch.float64)
        for index in range(self.block):
            ascent = self._ascend(self.theta)
            self.theta.add_(ascent.gradient, alpha=self.lr * self.decay ** (self.next_epoch * self.block + index))
            log[0, :, index], log[1, :, index] = ascent.entropy, ascent.support
        self.next_epoch += 1
        return log[0] / self._log_cells, log[1]

    def run_epoch(self) -> Block:
        """Make the updates of the next block and return its metrics."""
        epoch, started = self.next_epoch, perf_counter()
        means = [curve.mean(-1) for curve in self.climb()]
        return Block(
            epoch=epoch,
            update=self.next_epoch * self.block,
            entropy=float(means[0].mean()),
            support=float(means[1].mean()),
            seconds_training=perf_counter() - started,
            seeds=tuple(SeedBlock(*each) for each in zip(self.seeds, *(mean.tolist() for mean in means), strict=True)),
        )

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return all that the next block depends on: its number, the tables and the random numbers' states."""
        generators = torch.stack([generator.get_state() for generator in self._generators])
        return {"next_epoch": torch.tensor(self.next_epoch), "theta": self.theta.contiguous(), "generators": generators}

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        self.next_epoch = int(state["next_epoch"])
        self.theta.copy_(state["theta"])
        for generator, saved in zip(self._generators, state["generators"], strict=True):
            generator.set_state(saved.clone())

    def tables(self) -> torch.Tensor:
        """Return the tables as `Training` has them, [seeds, agents, 4, states]."""
        return self.theta.movedim(0, -2).contiguous()


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
    training = GridworldTraining(world, agents, trajectories, updates, seeds, lr, baseline, decay, batch, objective)
    entropy, support = training.climb()
    return Training(entropy, support, training.tables())


def _initial(world: World, agents: int, generator: torch.Generator) -> torch.Tensor:
    return 2 * torch.rand(len(ACTIONS), agents, world.states, generator=generator, dtype=torch.float64) - 1


def _check(agents: int, trajectories: int, updates: int, batch: int, lr: float, decay: float) -> None:
    numbers = {"agents": agents, "trajectories": trajectories, "updates": updates, "batch": batch}
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} = {number}: must be at least 1")
    if not 0 < lr < math.inf:
        raise ValueError(f"lr = {lr}: must be above 0 and finite")
    if not 0 < decay <= 1:
        raise ValueError(f"decay = {decay}: must be above 0 and at most 1, which keeps lr constant")
