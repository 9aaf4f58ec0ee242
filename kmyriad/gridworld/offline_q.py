"""Offline Q-learning from a data set, one table a goal, and how often its greedy policy arrives (Section 6, Appendix C.3)."""

from typing import NamedTuple

import torch

from kmyriad.gridworld.datasets import Transitions
from kmyriad.gridworld.worlds import ACTIONS, World
from kmyriad.settings.gridworld import OfflineQSettings


def goals(world: World) -> torch.Tensor:
    """Return the goals [G]: every free cell but the start, in order."""
    return world.free[world.free != world.start]


def untrained(world: World) -> torch.Tensor:
    """Return one table of zeros for each goal, [G, states, 4]: its greedy policy always walks left, which is the floor."""
    return torch.zeros(len(goals(world)), world.states, len(ACTIONS), dtype=torch.float64)


def learn(world: World, data: Transitions, settings: OfflineQSettings, generator: torch.Generator) -> torch.Tensor:
    """Return Q [..., G, states, 4] for each of the data sets `data` [..., N] and each of `goals(world)`.

    A table starts from zeros and sees `minibatches` minibatches of `batch` transitions, drawn with replacement, for each
    goal and data set anew. Inside a minibatch the transitions are applied one after another, each to the table that the one
    before has left: the tabular rule, so that one drawn twice counts twice, as 1 - (1 - alpha)^2 and not as 2 alpha:
    Q(s, a) += alpha (r + gamma max_b Q(s', b) - Q(s, a)), with r = 1 and no bootstrap where s' is the goal, else r = 0.
    """
    lead = data.states.shape[:-1]
    data = Transitions(*(part.reshape(-1, part.shape[-1]) for part in data))
    sets, size = data.states.shape
    tables = untrained(world).repeat(sets, 1, 1)
    rows, goal = torch.arange(len(tables)), goals(world).repeat(sets)
    source = (rows // len(goals(world)))[:, None]
    for _ in range(settings.minibatches):
        drawn = torch.randint(size, (len(tables), settings.batch), generator=generator)
        state, action, successor = (part[source, drawn].T for part in data)
        updates = Updates(rows * world.states + state, action, rows * world.states + successor, successor == goal)
        for update in zip(*updates, strict=True):
            _apply(tables.view(-1, len(ACTIONS)), Updates(*update), settings)
    return tables.reshape(*lead, -1, *tables.shape[1:])


class Updates(NamedTuple):
    """Transitions [batch, tables] as places in all tables below each other: place = table * states + state."""

    places: torch.Tensor
    actions: torch.Tensor
    successors: torch.Tensor
    arrived: torch.Tensor
    """Whether the successor is the goal of the table."""


def _apply(tables: torch.Tensor, update: Updates, settings: OfflineQSettings) -> None:
    """Apply one transition [tables] to each of `tables` [tables * states, 4], in place."""
    best = tables.index_select(0, update.successors).amax(-1)
    target = (settings.gamma * best).masked_fill_(update.arrived, 1.0)
    cells, values = update.places * len(ACTIONS) + update.actions, tables.view(-1)
    values.index_copy_(0, cells, values.index_select(0, cells).lerp_(target, settings.alpha))


def steps_to_goal(world: World, tables: torch.Tensor, episodes: int, limit: int, generator: torch.Generator) -> torch.Tensor:
    """Return after how many steps each of `episodes` greedy episodes reaches its goal, [..., G, episodes], limit + 1 for never.

    `tables` [..., G, states, 4] belong to `goals(world)`; among equal actions the first one of ACTIONS is taken, left.
    """
    greedy = tables.argmax(-1).flatten(0, -2)
    rows = torch.arange(len(greedy))[:, None]
    goal = goals(world).repeat(len(greedy) // len(goals(world)))[:, None]
    state = torch.full((len(greedy), episodes), world.start)
    arrival = torch.full_like(state, limit + 1)
    for step in range(1, limit + 1):
        state = _move(world, state, greedy[rows, state], generator)
        # The episode ends there: a later visit is no arrival.
        arrival = torch.where((state == goal) & (arrival > limit), step, arrival)
    return arrival.reshape(*tables.shape[:-2], episodes)


def _move(world: World, state: torch.Tensor, action: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    if world.slip:
        slipped = torch.rand(action.shape, generator=generator) < world.slip
        other = (action + torch.randint(1, len(ACTIONS), action.shape, generator=generator)) % len(ACTIONS)
        action = torch.where(slipped, other, action)
    return world.moves[state, action]
