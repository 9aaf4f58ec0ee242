"""A small maze in the plane with two goals, for the case study of Fig. 5; the layout is ours, the paper prints none."""

import numpy as np
import torch
from torch import Tensor

from kmyriad.collaborative.tasks.pool import SeedOf, Step

ROWS = (
    "#########",
    "#   #  G#",
    "#   # ###",
    "#   #   #",
    "#S      #",
    "#   #   #",
    "#   # ###",
    "#   #  G#",
    "#########",
)
"""'#' is wall, S the start at the left, G a goal; a cell is 1 x 1, its centre at (column, rows - 1 - row) - (4, 4)."""
HORIZON = 80
STEP = 0.5
"""Length by which a component of an action of 1 moves the point."""
_SPREAD = 0.1
"""Half the width of the square around S in which episodes start."""
_SUBSTEPS = 5
"""Moves of at most 0.1 that a step is made of, so that nothing jumps over a corner."""


class Maze:
    """`num_envs` points in the maze; see `Pool`. Observation (x, y) / 4, in [-1, 1]; action (dx, dy) / 0.5.

    A component that would lead into a wall is left out, so points slide along walls. Reaching a cell G pays 1 and terminates
    the episode; otherwise it ends after 80 steps. Only the start is random.
    """

    obs_dim, action_dim, horizon = 2, 2, HORIZON

    def __init__(self, num_envs: int) -> None:
        self.num_envs = num_envs

    def reset(self, seed_of: SeedOf) -> Tensor:
        """Begin episode 0; see `Pool.reset`."""
        self._seed_of = seed_of
        self._position = np.zeros((self.num_envs, 2))
        self._episode = np.full(self.num_envs, -1)
        self._time = np.zeros(self.num_envs, dtype=np.int64)
        self._begin(np.ones(self.num_envs, dtype=bool))
        return self._observe()

    def step(self, actions: Tensor) -> Step:
        """Move every point; see `Pool.step`."""
        self._position = move(self._position, actions.double().clamp(-1, 1).numpy())
        self._time += 1
        reached = goal_of(self._position) >= 0
        ended = reached | (self._time == HORIZON)
        after = self._observe()
        self._begin(ended)
        reward = torch.from_numpy(reached.astype(np.float32))
        return Step(after, reward, 1 - reward, torch.from_numpy(ended), self._observe())

    def state_dict(self) -> dict[str, Tensor]:
        """Return positions, and each copy's episode and step."""
        state = {"position": self._position, "episode": self._episode, "time": self._time}
        return {name: torch.from_numpy(value.copy()) for name, value in state.items()}

    def load_state_dict(self, state: dict[str, Tensor], seed_of: SeedOf) -> Tensor:
        """Go on from what `state_dict` returned; see `Pool.load_state_dict`."""
        self._seed_of = seed_of
        self._position, self._episode, self._time = (state[name].numpy().copy() for name in ("position", "episode", "time"))
        return self._observe()

    def _begin(self, where: np.ndarray) -> None:
        """Start the next episode of the copies that `where` marks."""
        self._episode[where] += 1
        self._time[where] = 0
        for place in where.nonzero()[0]:
            random = np.random.default_rng(self._seed_of(int(place), int(self._episode[place])))
            self._position[place] = _START + random.uniform(-_SPREAD, _SPREAD, 2)

    def _observe(self) -> Tensor:
        return torch.from_numpy((self._position / _HALF).astype(np.float32))


def cells(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return row and column, each [...], of the cell that positions (x, y) [..., 2] lie in."""
    column = np.floor(position[..., 0] + _HALF + 0.5).astype(int)
    row = len(ROWS) - 1 - np.floor(position[..., 1] + _HALF + 0.5).astype(int)
    return row, column


def centre(row: int, column: int) -> np.ndarray:
    """Return the position (x, y) of a cell's centre."""
    return np.array([column - _HALF, len(ROWS) - 1 - row - _HALF])


def goal_of(position: np.ndarray) -> np.ndarray:
    """Return the index of the goal that each position [..., 2] is in: 0 the upper, 1 the lower, -1 none."""
    return _GOAL_INDEX[cells(position)]


def move(position: np.ndarray, action: np.ndarray) -> np.ndarray:
    """Return where actions [m, 2] in [-1, 1] lead from positions [m, 2]."""
    position = position.copy()
    for _ in range(_SUBSTEPS):
        for axis in range(2):
            tried = position.copy()
            tried[:, axis] += STEP / _SUBSTEPS * action[:, axis]
            position = np.where(_WALL[cells(tried)][:, None], position, tried)
    return position


_LETTERS = np.array([list(row) for row in ROWS])
_HALF = (len(ROWS) - 1) / 2
_WALL = _LETTERS == "#"
_GOAL_INDEX = np.full(_LETTERS.shape, -1)
_GOAL_INDEX[_LETTERS == "G"] = np.arange(np.count_nonzero(_LETTERS == "G"))
_START = centre(*(int(index) for index in np.argwhere(_LETTERS == "S")[0]))
