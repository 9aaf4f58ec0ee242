"""Trajectories of softmax tables in a grid world, for all tables and trajectories at once."""

from collections.abc import Sequence
from typing import NamedTuple

import torch

from kmyriad.gridworld.worlds import ACTIONS, World


class Trajectories(NamedTuple):
    """What `sample` returns, int64."""

    states: torch.Tensor
    """[..., trajectories, horizon + 1], the start first."""
    actions: torch.Tensor
    """[..., trajectories, horizon]: what the policy chose, which a slip may have replaced."""


def sample(world: World, policy: torch.Tensor, generator: torch.Generator, trajectories: int = 1) -> Trajectories:
    """Return `trajectories` trajectories of each of the tables pi(a | s), `policy` [..., 4, states].

    For one trajectory per agent of `training = train(...)`: sample(world, probabilities(training.theta[seed]), generator).
    """
    tables = policy.shape[:-2]
    walkers = Walkers(world, tables.numel(), trajectories)
    walk = walkers.walk(policy.movedim(-2, 0).flatten(1), draw(world, [generator], tables.numel() * trajectories))
    states, actions = walk.positions % world.states, walk.choices // walkers.positions
    return Trajectories(*(part.view(-1, *tables, trajectories).movedim(0, -1) for part in (states, actions)))


class Chances(NamedTuple):
    """The random numbers of one trajectory of each walker."""

    choice: torch.Tensor
    """[horizon, walkers] in [0, 1), float32: the quantile of the policy that is chosen."""
    slip: torch.Tensor | None
    """[horizon, walkers] in 0..3, int64: what is added to the action, modulo 4; None in worlds without slips."""


def draw(world: World, generators: Sequence[torch.Generator], walkers: int) -> Chances:
    """Return the numbers for `walkers` walkers from each of the generators, side by side.

    What a generator gives doesn't depend on the others.
    """
    shape = (2 if world.slip else 1, world.horizon, walkers)
    uniforms = torch.stack([torch.rand(shape, generator=generator) for generator in generators], 2).flatten(2)
    if not world.slip:
        return Chances(uniforms[0], None)
    # Given that it slips, uniform / slip is uniform again, and its third tells which of the three others it is.
    third = (uniforms[1] * (3 / world.slip)).long().clamp(max=2)
    return Chances(uniforms[0], torch.where(uniforms[1] < world.slip, third + 1, 0))


class Walk(NamedTuple):
    """Where walkers were and what they chose, as indices into the tables; see `Walkers`."""

    positions: torch.Tensor
    """[horizon + 1, tables * walkers]: table * states + state."""
    choices: torch.Tensor
    """[horizon, tables * walkers]: action * tables * states + position, the index into a flat policy [4, tables * states]."""


class Walkers:
    """`walkers` walkers of each of `tables` tables, ordered [tables, walkers].

    Tables and states are one index, the position, so that a step of all walkers takes five operations.
    """

    def __init__(self, world: World, tables: int, walkers: int) -> None:
        first = world.states * torch.arange(tables)
        self.positions = world.states * tables
        self._start = (first + world.start).repeat_interleave(walkers)
        # An action 0..3 and a slip 0..3 add up to at most 6, and action 4 is action 0 again.
        leads_to = world.moves.T[torch.arange(2 * len(ACTIONS) - 1) % len(ACTIONS)]
        self._leads_to = (leads_to[:, None] + first[:, None]).flatten()

    def walk(self, policy: torch.Tensor, chances: Chances) -> Walk:
        """Walk one trajectory each; `policy` [4, tables * states] is pi(a | s) of the tables side by side."""
        thresholds = policy.cumsum(0)[:-1].float()
        slips = [None] * len(chances.choice) if chances.slip is None else chances.slip * self.positions
        positions, choices = [self._start], []
        for uniform, slip in zip(chances.choice, slips, strict=True):
            action = (uniform >= thresholds.index_select(1, positions[-1])).sum(0)
            choices.append(torch.add(positions[-1], action, alpha=self.positions))
            carried_out = choices[-1] if slip is None else choices[-1] + slip
            positions.append(self._leads_to.index_select(0, carried_out))
        return Walk(torch.stack(positions), torch.stack(choices))
