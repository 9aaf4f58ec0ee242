"""What training asks of environments: copies of a task that step together."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

from torch import Tensor

SeedOf = Callable[[int, int], int]
"""The seed of episode e (from 0) in copy i, from (i, e): all that is random in it."""
SUITE_STEPS = 1000
"""Simulator steps of an episode of any of the suite's tasks."""


class Picture(NamedTuple):
    """How the bytes of an observation lie: `stack` frames, oldest first, each channels x rows x columns, all flat."""

    channels: int
    rows: int
    columns: int
    stack: int = 1
    scale: float = 1.0
    """What a byte is multiplied by where a network reads it."""

    @property
    def frame(self) -> int:
        """Bytes of a frame."""
        return self.channels * self.rows * self.columns

    @property
    def features(self) -> int:
        """Bytes of an observation."""
        return self.stack * self.frame


class Space(NamedTuple):
    """What agents see and do."""

    obs_dim: int
    action_dim: int
    """Components of an action: each in [-1, 1], or the one number of a choice."""
    choices: int = 0
    """Actions to choose from; 0: actions are continuous."""
    picture: Picture | None = None
    """How observations lie that are pictures."""


class Step(NamedTuple):
    """What a step of m copies leads to, float32 but for `ended`; observations that are pictures are bytes."""

    next_obs: Tensor
    """[m, d]: the afterstates."""
    reward: Tensor
    """[m], the task's."""
    mask: Tensor
    """[m]: 0 where the episode terminated, 1 otherwise, also at a time limit."""
    ended: Tensor
    """[m], bool: where the episode is over, for either reason."""
    obs: Tensor
    """[m, d]: what to act on next; where the episode is over, the first observation of the next one."""


class Pool(Protocol):
    """m copies of a task that step together; each starts again by itself when its episode is over.

    Attributes:
        num_envs: number of copies, m.
        obs_dim: features of an observation.
        action_dim: components of an action, each in [-1, 1]; in games 1, a number from 0.
        horizon: most steps of an episode.
    """

    num_envs: int
    obs_dim: int
    action_dim: int
    horizon: int

    def reset(self, seed_of: SeedOf) -> Tensor:
        """Begin episode 0 in every copy and return observations [m, d]; `seed_of` seeds this and all later episodes."""

    def step(self, actions: Tensor) -> Step:
        """Apply actions [m, A] once."""

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next step depends on, beside `seed_of`."""

    def load_state_dict(self, state: dict[str, Tensor], seed_of: SeedOf) -> Tensor:
        """Go on from what `state_dict` returned; return the observations [m, d] to act on."""


PoolOf = Callable[[int], Pool]
"""Makes so many copies of a task."""


@runtime_checkable
class Simulated(Protocol):
    """A pool of copies that MuJoCo simulates, each by itself: what can be drawn of them."""

    @property
    def seconds(self) -> float:
        """Simulated seconds of an action."""

    def bodies(self) -> list[tuple[Any, Any]]:
        """Return each copy's mujoco.MjModel and MjData."""
