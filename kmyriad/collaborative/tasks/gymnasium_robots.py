"""Gymnasium's MuJoCo tasks (Towers et al., 2024), on which Table 3 and Fig. 6 compare how unlike agents are."""

from typing import Any

import gymnasium
import numpy as np
import torch
from torch import Tensor

from kmyriad.collaborative.tasks.pool import SUITE_STEPS, SeedOf, Step

POINTS = {"head": ("torso_geom", 1), "waist": ("torso_geom", -1), "foot": ("foot_geom", 0)}
"""The key points of Fig. 6: a capsule of the model, and which of its ends: upper, lower, or its middle."""


class GymnasiumRobots:
    """`num_envs` copies of Gymnasium's `task`, Hopper-v5 for example; see `Pool`, and `check_task` for what it takes.

    Most of these tasks terminate an episode when the robot has fallen; 1000 steps, Gymnasium's time limit, end every other one.
    Copies start again one by one. An episode is a function of its seed and actions, so the saved state is the actions of
    each copy since its episode began: MuJoCo's state alone would leave out what Gymnasium remembers.
    """

    def __init__(self, task: str, num_envs: int, repeat: int = 1) -> None:
        self.num_envs, self.repeat, self.horizon = num_envs, repeat, SUITE_STEPS // repeat
        # Our own clock counts the held steps; the check would warn of what is known.
        self._envs: list[Any] = [gymnasium.make(task, disable_env_checker=True).unwrapped for _ in range(num_envs)]
        (self.obs_dim,), (self.action_dim,) = self._envs[0].observation_space.shape, self._envs[0].action_space.shape
        space = self._envs[0].action_space
        self._centre, self._half_range = (space.high + space.low) / 2, (space.high - space.low) / 2
        self._actions = torch.zeros(num_envs, self.horizon, self.action_dim)

    def reset(self, seed_of: SeedOf) -> Tensor:
        """Begin episode 0; see `Pool.reset`."""
        self._seed_of = seed_of
        self._episode, self._time = np.full(self.num_envs, -1), np.zeros(self.num_envs, dtype=np.int64)
        return torch.stack([self._begin(place) for place in range(self.num_envs)])

    def step(self, actions: Tensor) -> Step:
        """Hold actions [m, A] for `repeat` of Gymnasium's steps, fewer where the episode terminates; see `Pool.step`."""
        outcomes = [self._act(place, action) for place, action in enumerate(actions)]
        next_obs = torch.stack([obs for obs, _, _ in outcomes])
        reward = torch.tensor([reward for _, reward, _ in outcomes])
        mask = torch.tensor([float(not terminated) for _, _, terminated in outcomes])
        ended = torch.from_numpy(self._time == self.horizon) | (mask == 0)
        obs = next_obs.clone()
        for place in ended.nonzero()[:, 0].tolist():
            obs[place] = self._begin(place)
        return Step(next_obs, reward, mask, ended, obs)

    def points(self) -> Tensor:
        """Return where head, waist and foot are (POINTS), [m, 3, 2]: x and z in metres.

        Raises:
            ValueError: a robot without them, that is, another than Hopper and Walker2d.
        """
        return torch.from_numpy(np.stack([_points(env) for env in self._envs]))

    @property
    def seconds(self) -> float:
        """Simulated seconds of an action."""
        return float(self._envs[0].dt) * self.repeat

    def bodies(self) -> list[tuple[Any, Any]]:
        """Return each copy's mujoco.MjModel and MjData."""
        return [(env.model, env.data) for env in self._envs]

    def state_dict(self) -> dict[str, Tensor]:
        """Return each copy's episode, its steps so far, and its actions since the episode's beginning, [m, steps, A]."""
        steps = int(self._time.max())
        counters = {"episode": torch.from_numpy(self._episode.copy()), "time": torch.from_numpy(self._time.copy())}
        return {**counters, "actions": self._actions[:, :steps].clone()}

    def load_state_dict(self, state: dict[str, Tensor], seed_of: SeedOf) -> Tensor:
        """Begin the episodes again and repeat their actions; see `Pool.load_state_dict`."""
        self._seed_of = seed_of
        self._episode, self._time = state["episode"].numpy() - 1, np.zeros(self.num_envs, dtype=np.int64)
        return torch.stack([self._repeat(place, state) for place in range(self.num_envs)])

    def _repeat(self, place: int, state: dict[str, Tensor]) -> Tensor:
        obs = self._begin(place)
        for action in state["actions"][place, : int(state["time"][place])]:
            obs, _, _ = self._act(place, action)
        return obs

    def _begin(self, place: int) -> Tensor:
        self._episode[place] += 1
        self._time[place] = 0
        obs, _ = self._envs[place].reset(seed=self._seed_of(place, int(self._episode[place])))
        return torch.from_numpy(obs).float()

    def _act(self, place: int, action: Tensor) -> tuple[Tensor, float, bool]:
        """Return observation, sum of rewards, and whether the episode has terminated."""
        self._actions[place, self._time[place]] = action
        self._time[place] += 1
        scaled = self._centre + self._half_range * action.double().numpy()
        total, terminated = 0.0, False
        for _ in range(self.repeat):
            obs, reward, terminated, _, _ = self._envs[place].step(scaled)
            total += float(reward)
            if terminated:
                break
        return torch.from_numpy(obs).float(), total, bool(terminated)


def _points(env: Any) -> np.ndarray:
    """Return POINTS of one robot, [3, 2]."""
    model, data = env.model, env.data
    names = {model.geom(index).name for index in range(model.ngeom)}
    lacking = sorted({geom for geom, _ in POINTS.values()} - names)
    if lacking:
        raise ValueError(f"this robot has no {' and no '.join(lacking)}: key points are those of Hopper-v5 and Walker2d-v5")
    return np.array([_end(model, data, geom, end) for geom, end in POINTS.values()])


def _end(model: Any, data: Any, geom: str, end: int) -> np.ndarray:
    """Return x and z of an end of a capsule: 1 the one that is above while the robot stands, -1 the other, 0 the middle."""
    shape, at = model.geom(geom), data.geom(geom)
    axis = at.xmat.reshape(3, 3)[:, 2]
    upwards = np.sign(_rotated(shape.quat)[2]) or 1.0
    return (at.xpos + end * upwards * shape.size[1] * axis)[[0, 2]]


def _rotated(quaternion: np.ndarray) -> np.ndarray:
    """Return where a rotation takes the z axis."""
    w, x, y, z = quaternion
    return np.array([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)])
