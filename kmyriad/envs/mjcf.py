"""Any MuJoCo model with a free root: bring a robot as an MJCF file, and name its features in a small YAML file."""

from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
import torch

from kmyriad.envs.ant.goals import check_goal
from kmyriad.envs.ant.tasks import GOAL_RADIUS, GoalTask
from kmyriad.envs.ant.terrains import empty
from kmyriad.envs.mjcf_features import Features, default_sources, read_sources, resolve, tabulate
from kmyriad.envs.mjcf_model import control_range, default_decimation, load_model, naming, root_joint, start_state
from kmyriad.envs.mujoco_pool import MujocoPool
from kmyriad.envs.vec_env import check_actions

Goal = tuple[float, float]


class MjcfEnv:
    """`num_envs` copies of the robot in the MJCF file `path`, which start alike and never touch one another; see `VecEnv`.

    The root is the model's first free joint. An action is the share, -1 to 1, of each actuator's control range.

    Args:
        path: MJCF or URDF file; this path and `features` are relative to the working directory.
        num_envs: number of copies.
        device: where tensors live; the physics runs on the CPU.
        features: YAML file that names the features (kmyriad.envs.mjcf_features says how). Default: the model's path with the
            suffix .yaml if there is such a file, else all positions and velocities by the names of `default_sources`.
        decimation: physics steps an action. Default: what comes nearest to 12 actions a second.
        keyframe: name of the start pose. Default: the first keyframe, else the pose as the model is written.
        goal: (x, y), metres, gives reward 1 for each action that ends within `goal_radius` (metres) of it.
        max_speed: m/s of the root beyond which a simulation has failed. There is no default: only the robot's maker knows
            how fast it can be, so without it just states that are not finite, or above MuJoCo's 1e10, count as failed.
        threads: physics threads (default: torch's); their number does not change a bit of the result.

    Sensors are those that MuJoCo computes at the beginning of the last physics step; features of them lag by one such step.

    Attributes:
        terrain: an empty plane, since nothing is known to be in the way: goals are drawn around the origin.

    Raises:
        ValueError: a file is missing or wrong, or a setting is; one line that names culprit and remedy.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        num_envs: int,
        device: str = "cpu",
        *,
        features: str | PathLike[str] | None = None,
        decimation: int | None = None,
        keyframe: str | None = None,
        goal: Goal | None = None,
        goal_radius: float = GOAL_RADIUS,
        max_speed: float | None = None,
        threads: int | None = None,
    ) -> None:
        self.num_envs, self.device = num_envs, device
        self.terrain = replace(empty(), name=str(path))
        self.max_speed = None if max_speed is None else _positive("max_speed", max_speed)
        with naming(Path(path)):
            self.model = load_model(Path(path))
            self.root = root_joint(self.model)
            self._centre, self._half_range = control_range(self.model)
            start, self._start_sensors = start_state(self.model, keyframe)
        self._features = _load_features(Path(path), features, self)
        self.feature_names = self._features.names
        self.obs_dim, self.action_dim = len(self.feature_names), self.model.nu
        self.task = GoalTask(goal and self._checked(goal), _positive("goal_radius", goal_radius))
        self.decimation = default_decimation(self.model) if decimation is None else int(_positive("decimation", decimation, int))
        threads = None if threads is None else int(_positive("threads", threads, int))
        self.sim = MujocoPool(self.model, num_envs, self.decimation, start, threads)
        self.reset()

    def reset(self, seed: int | None = None) -> torch.Tensor:
        """Put every robot at the start; nothing is random, so `seed` has no effect."""
        self.sim.reset()
        self.sim.sensors[:] = self._start_sensors
        self._obs = self._observe()
        return self._obs

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Hold the controls that `actions` stand for during `decimation` physics steps; see `VecEnv.step`."""
        check_actions(actions, self.num_envs, self.action_dim)
        self.sim.step(self._centre + self._half_range * actions.numpy(force=True))
        if self.max_speed is not None:
            self.sim.freeze(self._speed() > self.max_speed)
        obs = self._observe()
        # A sensor of one's own may fail where the state is sound.
        self.sim.freeze(~obs.isfinite().all(dim=1).numpy(force=True))
        frozen = torch.tensor(self.sim.frozen, device=self.device)
        self._obs = torch.where(frozen[:, None], self._obs, obs)
        first = 1 + self.model.jnt_qposadr[self.root]
        xy = torch.from_numpy(self.sim.current[:, first : first + 2]).to(self.device, torch.float32)
        return self._obs, self.task.reward(xy).masked_fill(frozen, 0.0), {"frozen": frozen}

    def close(self) -> None:
        """End the thread pool."""
        self.sim.close()

    def _checked(self, goal: Goal) -> Goal:
        check_goal(self.terrain, goal)
        features = [*zip(self._features.names, self._features.columns, self._features.scales, strict=True)]
        first = self.model.jnt_qposadr[self.root]
        for name, column in (("x", first), ("y", first + 1)):
            if (name, column, 1.0) not in features:  # where evaluate_heads measures distances
                raise ValueError(f"a goal needs the root's {name} in metres among the features: `{name}: qpos[{column}]`")
        return float(goal[0]), float(goal[1])

    def _speed(self) -> np.ndarray:
        """Return the root's largest speed in m/s within the last action, [m]."""
        first = 1 + self.model.nq + self.model.jnt_dofadr[self.root]
        with np.errstate(over="ignore"):  # of states that blew up, which are frozen already
            return np.linalg.norm(self.sim.states[:, :, first : first + 3], axis=2).max(axis=1)

    def _observe(self) -> torch.Tensor:
        values = tabulate(self.model, self.sim.current, self.sim.sensors[:, -1], self.root, self.task.target)
        scaled = values[:, self._features.columns] * self._features.scales
        return torch.from_numpy(scaled).to(self.device, torch.float32)


def _load_features(path: Path, features: object, env: MjcfEnv) -> Features:
    """Return the features of the model at `path` from the file `features`, from that beside the model, or the default."""
    if not isinstance(features, str | PathLike | None):
        raise ValueError(f"settings.features must be the path of a YAML file that names features, got {features!r}")
    file = path.with_suffix(".yaml") if features is None else Path(features)
    if features is None and not file.is_file():
        with naming(path):
            return resolve(default_sources(env.model), env.model)
    with naming(file):
        return resolve(read_sources(file), env.model)


def _positive(name: str, value: object, kind: type[int] | type[float] = float) -> float | int:
    """Return `value` if it is a number above 0, for `kind` int a whole one; ValueError if it is not."""
    allowed = int if kind is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, allowed) or not value > 0:
        raise ValueError(f"{name} must be a {'whole ' if kind is int else ''}number above 0, got {value!r}")
    return value
