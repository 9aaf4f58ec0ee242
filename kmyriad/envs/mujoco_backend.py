"""The Ant on MuJoCo C: all ants advance by one call into a thread pool."""

import numpy as np
import torch

from kmyriad.envs.ant.model import DECIMATION, build_spec, start_position
from kmyriad.envs.ant.observations import FEATURE_NAMES, JOINTS, AntState, observe
from kmyriad.envs.ant.tasks import AntTask
from kmyriad.envs.ant.terrains import Terrain
from kmyriad.envs.vec_env import check_actions

MAX_SPEED = 20.0
"""m/s of the torso beyond which a simulation has failed: an adversarial search on a sound one stays below 11 m/s."""
_MAX_VALUE = 1e10  # MuJoCo's mjMAXVAL: it calls a state with anything larger bad, and warns at every step
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
        task: AntTask | None = None,
        threads: int | None = None,
        max_speed: float = MAX_SPEED,
        device: str = "cpu",
    ) -> None:
        import mujoco
        from mujoco.rollout import Rollout

        self.num_envs, self.terrain, self.task = num_envs, terrain, task or AntTask()
        self.max_speed, self.device = max_speed, device
        self.model = build_spec(terrain).compile()
        threads = torch.get_num_threads() if threads is None else threads
        self._pool = Rollout(nthread=threads if threads > 1 else 0)
        self._data = [mujoco.MjData(self.model) for _ in range(threads)]
        self._models = [self.model] * num_envs
        self._start = np.array([0.0, *start_position(), *np.zeros(self.model.nv)])
        self._states = np.empty((num_envs, DECIMATION, len(self._start)))
        self._sensors = np.empty((num_envs, DECIMATION, self.model.nsensordata))
        self._controls = np.empty((num_envs, DECIMATION, self.action_dim))
        self._current = np.empty((num_envs, len(self._start)))
        self.reset()

    def reset(self, seed: int | None = None) -> torch.Tensor:
        """Put every ant at the start pose, at rest; nothing is random, so `seed` has no effect."""
        self._current[:] = self._start
        self._sensors[:] = 0.0
        self._frozen = torch.zeros(self.num_envs, dtype=torch.bool, device=self.device)
        self._obs = self._observe(torch.zeros(self.num_envs, self.action_dim, device=self.device))
        return self._obs

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Hold the torques 7.5 * actions (N m) for 5 physics steps; see `VecEnv.step`."""
        check_actions(actions, self.num_envs, self.action_dim)
        self._controls[:] = actions.numpy(force=True)[:, None]
        self._pool.rollout(
            self._models,
            self._data,
            self._current,
            self._controls,
            nstep=DECIMATION,
            state=self._states,
            sensordata=self._sensors,
            skip_checks=True,
        )
        self._current[:] = self._states[:, -1]
        self._freeze_failed()
        obs = self._observe(actions.to(self.device, torch.float32))
        self._obs = torch.where(self._frozen[:, None], self._obs, obs) if self._frozen.any() else obs
        reward = self.task.reward(self._obs[:, :2]).masked_fill(self._frozen, 0.0)
        return self._obs, reward, {"frozen": self._frozen.clone()}

    def close(self) -> None:
        """End the thread pool."""
        self._pool.close()

    def _freeze_failed(self) -> None:
        """Freeze ants too fast, too far or not finite; park them at the start, where they cost no more warnings."""
        speed = np.linalg.norm(self._states[:, :, _VELOCITY][:, :, :3], axis=2).max(axis=1)
        # Written so that NaN counts as failed.
        failed = ~((speed <= self.max_speed) & (np.abs(self._states) <= _MAX_VALUE).all(axis=(1, 2)))
        self._frozen |= torch.from_numpy(failed).to(self.device)
        self._current[self._frozen.numpy(force=True)] = self._start

    def _observe(self, previous_action: torch.Tensor) -> torch.Tensor:
        state = torch.from_numpy(self._current).to(self.device, torch.float32)
        wrench = torch.from_numpy(self._sensors[:, -1]).to(self.device, torch.float32)
        ant = AntState(state[:, _POSITION], state[:, _VELOCITY], wrench, previous_action)
        return observe(ant, self.task.target)
