"""The Ant on MuJoCo C: all ants advance by one call into a thread pool."""

import numpy as np
import torch

from kmyriad.envs.ant.model import DECIMATION, build_spec, start_position
from kmyriad.envs.ant.observations import FEATURE_NAMES, JOINTS, AntState, observe
from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.ant.terrains import Terrain
from kmyriad.envs.mujoco_pool import MujocoPool
from kmyriad.envs.vec_env import check_actions

MAX_SPEED = 20.0
"""m/s of the torso beyond which a simulation has failed: an adversarial search on a sound one stays below 11 m/s."""
_POSITION, _VELOCITY = slice(1, 16), slice(16, 30)  # of MuJoCo's full physics state; entry 0 is the time


class MujocoAnt:
    """`num_envs` ants that start at one place and never touch one another; see `VecEnv`.

    `threads` physics threads (default: torch's); their number does not change a bit of the result. The tensors live on
    `device`, the physics on the CPU. The wrench at the feet is that of the last of the 5 physics steps.
    """

    obs_dim = len(FEATURE_NAMES)
    action_dim = len(JOINTS)
    feature_names = FEATURE_NAMES

    def __init__(
        self,
        num_envs: int,
        terrain: Terrain,
        task: GoalTask | None = None,
        threads: int | None = None,
        max_speed: float = MAX_SPEED,
        device: str = "cpu",
    ) -> None:
        self.num_envs, self.terrain, self.task = num_envs, terrain, task or GoalTask()
        self.max_speed, self.device = max_speed, device
        self.model = build_spec(terrain).compile()
        start = np.array([0.0, *start_position(), *np.zeros(self.model.nv)])
        self.sim = MujocoPool(self.model, num_envs, DECIMATION, start, threads)
        self.reset()

    def reset(self, seed: int | None = None) -> torch.Tensor:
        """Put every ant at the start pose, at rest; nothing is random, so `seed` has no effect."""
        self.sim.reset()
        self._obs = self._observe(torch.zeros(self.num_envs, self.action_dim, device=self.device))
        return self._obs

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Hold the torques 7.5 * actions (N m) for 5 physics steps; see `VecEnv.step`."""
        check_actions(actions, self.num_envs, self.action_dim)
        self.sim.step(actions.numpy(force=True))
        self._freeze_fast()
        obs, frozen = self._observe(actions.to(self.device, torch.float32)), self._frozen
        self._obs = torch.where(frozen[:, None], self._obs, obs) if frozen.any() else obs
        reward = self.task.reward(self._obs[:, :2]).masked_fill(frozen, 0.0)
        return self._obs, reward, {"frozen": frozen}

    def close(self) -> None:
        """End the thread pool."""
        self.sim.close()

    @property
    def _frozen(self) -> torch.Tensor:
        return torch.tensor(self.sim.frozen, device=self.device)

    def _freeze_fast(self) -> None:
        speed = np.linalg.norm(self.sim.states[:, :, _VELOCITY][:, :, :3], axis=2).max(axis=1)
        self.sim.freeze(speed > self.max_speed)

    def _observe(self, previous_action: torch.Tensor) -> torch.Tensor:
        state = torch.from_numpy(self.sim.current).to(self.device, torch.float32)
        wrench = torch.from_numpy(self.sim.sensors[:, -1]).to(self.device, torch.float32)
        ant = AntState(state[:, _POSITION], state[:, _VELOCITY], wrench, previous_action)
        return observe(ant, self.task.target)
