"""Any Gymnasium environment with Box spaces as a VecEnv."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from kmyriad.envs.vec_env import check_actions

if TYPE_CHECKING:
    import gymnasium


class GymnasiumEnv:
    """`num_envs` copies of `gymnasium.make(environment_id, **settings)`, stepped one after another; see `VecEnv`.

    Gymnasium's own time limit is lifted: the caller decides the horizon. Actions in [-1, 1] are scaled to the action
    space's bounds (Appendix B, "affine rescaling"). The features are called obs_0, obs_1, ...

    Raises:
        ValueError: unknown id, an observation or action space that is no Box with one dimension, unbounded actions.
    """

    def __init__(self, environment_id: str, num_envs: int, seed: int = 0, device: str = "cpu", **settings: Any) -> None:
        import gymnasium
        from gymnasium.vector import AutoresetMode, SyncVectorEnv

        self.name, self.num_envs, self.seed, self.device = environment_id, num_envs, seed, device

        def make_one() -> gymnasium.Env:
            return gymnasium.make(environment_id, max_episode_steps=-1, **settings)

        try:
            self._envs = SyncVectorEnv([make_one] * num_envs, autoreset_mode=AutoresetMode.DISABLED)
        except (gymnasium.error.UnregisteredEnv, gymnasium.error.DeprecatedEnv) as error:
            raise ValueError(f"unknown environment 'gymnasium:{environment_id}': {error}") from None
        except TypeError as error:
            raise ValueError(f"gymnasium:{environment_id} does not take these settings: {error}") from None
        obs_space = self._flat_box("observation", self._envs.single_observation_space)
        action_space = self._flat_box("action", self._envs.single_action_space)
        if not action_space.is_bounded():
            raise ValueError(f"gymnasium:{environment_id}: the action space has no bounds to scale to: {action_space}")
        self._centre = (action_space.high + action_space.low) / 2
        self._half_range = (action_space.high - action_space.low) / 2
        (self.obs_dim,), (self.action_dim,) = obs_space.shape, action_space.shape
        self.feature_names = tuple(f"obs_{i}" for i in range(self.obs_dim))

    def reset(self, seed: int | None = None) -> torch.Tensor:
        """Start again; copy i is seeded with `seed` + i, `seed` being that of the constructor where None is given."""
        obs, _ = self._envs.reset(seed=self.seed if seed is None else seed)
        self._frozen = np.zeros(self.num_envs, dtype=bool)
        self._obs = np.asarray(obs, dtype=np.float32)
        self._step = 0
        return self._tensor(self._obs)

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Step each copy once; see `VecEnv.step`.

        Raises:
            RuntimeError: a copy ended its episode; only the caller's horizon may end one.
        """
        check_actions(actions, self.num_envs, self.action_dim)
        scaled = self._centre + self._half_range * actions.numpy(force=True)
        obs, reward, terminated, _, _ = self._envs.step(scaled)
        self._step += 1
        if terminated.any():
            raise RuntimeError(
                f"gymnasium:{self.name}: copy {terminated.argmax()} ended its episode at step {self._step}, but episodes must "
                "end at the horizon only; give the environment the setting that disables termination "
                "(for many: terminate_when_unhealthy: false)"
            )
        self._frozen |= ~np.isfinite(obs).all(axis=1)
        self._obs = np.where(self._frozen[:, None], self._obs, obs).astype(np.float32)
        reward = np.where(self._frozen, 0.0, reward).astype(np.float32)
        return self._tensor(self._obs), self._tensor(reward), {"frozen": self._tensor(self._frozen.copy())}

    def bodies(self) -> list[tuple[Any, Any]]:
        """Return each copy's mujoco.MjModel and MjData, nothing of environments that MuJoCo does not simulate."""
        copies = [env.unwrapped for env in self._envs.envs]
        return [(env.model, env.data) for env in copies if hasattr(env, "model") and hasattr(env, "data")]

    @property
    def seconds(self) -> float:
        """Simulated seconds of an action, 0 where the environment does not say."""
        return float(getattr(self._envs.envs[0].unwrapped, "dt", 0.0))

    def close(self) -> None:
        """Close every copy."""
        self._envs.close()

    def _flat_box(self, what: str, space: "gymnasium.Space") -> "gymnasium.spaces.Box":
        from gymnasium.spaces import Box

        if not isinstance(space, Box) or len(space.shape) != 1:
            raise ValueError(f"gymnasium:{self.name}: the {what} space must be a flat Box, it is {space}")
        return space

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device)
