"""What training asks of environments: copies of a task that step together."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from torch import Tensor

SeedOf = Callable[[int, int], int]
"""The seed of episode e (from 0) in copy i, from (i, e): all that is random in it."""
SUITE_STEPS = 1000
"""Simulator steps of an episode of any of the suite's tasks."""


class Step(NamedTuple):
    """What a step of m copies leads to, float32 but for `ended`."""

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
        action_dim: components of an action, each in [-1, 1].
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
