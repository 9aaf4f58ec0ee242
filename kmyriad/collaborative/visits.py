"""Which cells of the maze each agent visited, and when: read off the replay of a finished training."""

from collections.abc import Sequence

import numpy as np
import torch

from kmyriad.collaborative.replay import Replay
from kmyriad.collaborative.tasks.maze import ROWS, cells

PHASES = 4
"""Parts of equal length that a training is cut into, for Fig. 5's evolution."""
_HALF = (len(ROWS) - 1) / 2


def visits(replay: Replay, seeds: Sequence[int]) -> list[dict[str, float]]:
    """Return a row a seed, agent, phase (from 0) and cell that the agent visited in it.

    row, column: of the cell in `ROWS`; visits: afterstates in it in that phase; first: the first of them, in environment
    steps of the seed's agents together.
    """
    time = torch.arange(replay.steps - replay.held, replay.steps).expand(replay.groups, replay.agents, -1)
    agent = torch.arange(replay.agents)[:, None].expand_as(time)
    # Afterstates are float32 shares of the half width.
    row, column = cells(replay.read("next_obs", agent, time).double().numpy(force=True) * _HALF)
    cell = row * len(ROWS[0]) + column
    return [
        {"seed": seed, "agent": agent, **found}
        for group, seed in enumerate(seeds)
        for agent in range(replay.agents)
        for found in _visits(cell[group, agent], replay.agents)
    ]


def _visits(cell: np.ndarray, agents: int) -> list[dict[str, float]]:
    """Return the rows of one agent, whose steps were in the cells `cell` [T], row * columns + column."""
    length = -(-len(cell) // PHASES)
    found = []
    for phase, begin in enumerate(range(0, len(cell), length)):
        numbers, first, counts = np.unique(cell[begin : begin + length], return_index=True, return_counts=True)
        for number, step, count in zip(numbers.tolist(), first.tolist(), counts.tolist(), strict=True):
            row, column = divmod(number, len(ROWS[0]))
            place = {"phase": phase, "row": row, "column": column}
            found.append({**place, "visits": count, "first": (begin + step + 1) * agents})
    return found
