"""MinAtar (Young and Tian, 2019): Atari games on a grid of 10 x 10 cells, a stand-in for Fig. 13's on a laptop."""

import numpy as np

from kmyriad.collaborative.tasks.games import Outcome
from kmyriad.collaborative.tasks.pool import Picture
from kmyriad.collaborative.tasks.required import required

HORIZON = 5000
"""Time limit of an episode in steps (ours: MinAtar has none)."""


class MinAtarGame:
    """A game of MinAtar with its own defaults: sticky actions (probability 0.1) and rising difficulty; see `Game`.

    The actions are the game's minimal set. An observation is what is in each cell, a plane of zeros and ones for each kind of
    thing; it leaves nothing out, so nothing is stacked.

    Args:
        name: breakout, asterix or space_invaders.

    Raises:
        ImportError: MinAtar is missing.
    """

    horizon = HORIZON

    def __init__(self, name: str) -> None:
        self._env = required("minatar").Environment(name)
        self._actions = self._env.minimal_action_set()
        rows, columns, planes = self._env.state_shape()
        self.choices, self.picture = len(self._actions), Picture(planes, rows, columns)

    def reset(self, seed: int) -> np.ndarray:
        """Begin an episode; see `Game.reset`."""
        self._env.seed(seed)
        self._env.last_action = 0  # MinAtar keeps it from the episode before
        self._env.reset()
        self._time = 0
        return self._observe()

    def act(self, action: int) -> Outcome:
        """Take one action; see `Game.act`."""
        reward, terminated = self._env.act(self._actions[action])
        self._time += 1
        return Outcome(self._observe(), float(reward), bool(terminated), self._time == HORIZON)

    def _observe(self) -> np.ndarray:
        planes: np.ndarray = self._env.state().transpose(2, 0, 1)
        return planes.astype(np.uint8).ravel()
