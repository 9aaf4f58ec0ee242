"""What every simulator of the ants shares: their observations, their rewards, and how one that failed is shown."""

from abc import ABC, abstractmethod

import torch

from kmyriad.envs.ant.observations import FEATURE_NAMES, JOINTS, AntState, observe
from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.ant.terrains import Terrain
from kmyriad.envs.vec_env import check_actions

MAX_SPEED = 20.0
"""m/s of the torso beyond which a simulation has failed: an adversarial search on a sound one stays below 11 m/s."""


class AntEnv(ABC):
    """`num_envs` ants that start at one place and never touch one another; see `VecEnv`.

    A simulator fills in `_restart`, `_simulate`, `_state` and `_frozen`, and calls `reset` once it is built.
    """

    obs_dim = len(FEATURE_NAMES)
    action_dim = len(JOINTS)
    feature_names = FEATURE_NAMES

    def __init__(self, num_envs: int, terrain: Terrain, task: GoalTask | None, max_speed: float, device: str) -> None:
        self.num_envs, self.terrain, self.task = num_envs, terrain, task or GoalTask()
        self.max_speed, self.device = max_speed, device

    def reset(self, seed: int | None = None) -> torch.Tensor:
        """Put every ant at the start pose, at rest; nothing is random, so `seed` has no effect."""
        self._restart()
        self._obs = self._observe(torch.zeros(self.num_envs, self.action_dim, device=self.device))
        return self._obs

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Hold the torques 7.5 * actions (N m) for 5 physics steps; see `VecEnv.step`."""
        check_actions(actions, self.num_envs, self.action_dim)
        self._simulate(actions)
        obs, frozen = self._observe(actions.to(self.device, torch.float32)), self._frozen
        self._obs = torch.where(frozen[:, None], self._obs, obs)
        reward = self.task.reward(self._obs[:, :2]).masked_fill(frozen, 0.0)
        return self._obs, reward, {"frozen": frozen}

    @abstractmethod
    def close(self) -> None:
        """Release what the simulator holds."""

    @abstractmethod
    def _restart(self) -> None:
        """Put every ant back to the start and thaw it."""

    @abstractmethod
    def _simulate(self, actions: torch.Tensor) -> None:
        """Advance by one control step under `actions` [m, 8], and freeze the ants that are not finite or too fast."""

    @abstractmethod
    def _state(self, previous_action: torch.Tensor) -> AntState:
        """Return the state now; `previous_action` [m, 8] is handed through."""

    @property
    @abstractmethod
    def _frozen(self) -> torch.Tensor:
        """Which ants are frozen, bool [m], a copy on `device`."""

    def _observe(self, previous_action: torch.Tensor) -> torch.Tensor:
        return observe(self._state(previous_action), self.task.target)
