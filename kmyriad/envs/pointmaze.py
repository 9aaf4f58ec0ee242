"""gymnasium-robotics' PointMaze, all copies in one call: a ball that forces push through a maze of 1 m cells.

The model is the one that the library builds; what is ours is the ring, the start, and that a reward ends nothing.
"""

from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.mujoco_pool import MujocoPool
from kmyriad.envs.vec_env import check_actions
from kmyriad.names import choose

if TYPE_CHECKING:
    from gymnasium_robotics.envs.maze.point_maze import PointMazeEnv

MazeMap = list[list[int | str]]
"""Rows from the top, of cells: 1 is a wall, "r" the start, all else is free."""

GOAL_RADIUS = 0.45
"""Metres within which a goal counts as reached, the library's."""
MAX_SPEED = 5.0
"""m/s to which the library clips each component of the velocity before a control step."""
ACTION_REPEAT = 10
"""Control steps an action: 0.1 s, since the library documents 10 Hz, though it steps at 100 Hz. Noise at 100 Hz averages out
before it moves the ball, which needs 0.2 s to its full speed."""
RING: MazeMap = [
    [1, 1, 1, 1, 1, 1, 1],
    [1, 0, 0, 0, 0, 0, 1],
    [1, 0, 1, 1, 1, 0, 1],
    [1, 0, 0, "r", 0, 0, 1],
    [1, 1, 1, 1, 1, 1, 1],
]
"""Ours, for Fig. 4: each corner can be reached both ways round. Those at the top, (-2, 1) and (2, 1) m, are its goals."""
_MAPS = {"open": "OPEN", "umaze": "U_MAZE", "medium": "MEDIUM_MAZE", "large": "LARGE_MAZE"}  # the library's, by name
_VELOCITY = slice(3, 5)  # of MuJoCo's full physics state: time, position (2), velocity (2)


class PointMaze:
    """`num_envs` balls of 0.1 m radius that start at one place, at rest, and never touch one another; see `VecEnv`.

    Features: position in metres, the maze's centre being the origin, and velocity in m/s. An action is a force in units of
    100 N on 4.2 kg, held for `action_repeat` control steps of 0.01 s; with 1 this is the library's environment. `goal`
    (x, y), metres, gives reward 1 for each action that ends within GOAL_RADIUS of it. `threads` is as for the ants.

    Every copy starts at the very centre of the map's cell "r", else of its first free cell, row by row (in the library's
    maps where those called _DIVERSE_G, with the same walls, have their "r"). The library adds noise to it.

    Raises:
        ValueError: unknown maze, a goal in a wall or outside, or an action_repeat below 1.
    """

    obs_dim = 4
    action_dim = 2
    feature_names: tuple[str, ...] = ("x", "y", "velocity_x", "velocity_y")

    def __init__(
        self,
        num_envs: int,
        maze: str,
        goal: tuple[float, float] | None = None,
        action_repeat: int = ACTION_REPEAT,
        threads: int | None = None,
        device: str = "cpu",
    ) -> None:
        if action_repeat < 1:
            raise ValueError(f"action_repeat must be at least 1, got {action_repeat}")
        self.num_envs, self.action_repeat, self.device = num_envs, action_repeat, device
        library = _library_env(choose(maze, [*_MAPS, "ring"], "maze"))
        self.maze_map, self.model = library.maze.maze_map, library.point_env.model
        self.task = GoalTask(goal and self._checked(goal, maze), GOAL_RADIUS)
        start = np.array([0.0, *self.start, 0.0, 0.0])
        self.sim = MujocoPool(self.model, num_envs, library.point_env.frame_skip, start, threads)
        self.reset()

    def reset(self, seed: int | None = None) -> torch.Tensor:
        """Put every ball at the start, at rest; nothing is random, so `seed` has no effect."""
        self.sim.reset()
        self._obs = self._observe()
        return self._obs

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Push with `actions` for `action_repeat` control steps; see `VecEnv.step`."""
        check_actions(actions, self.num_envs, self.action_dim)
        controls, velocity = actions.numpy(force=True), self.sim.current[:, _VELOCITY]
        for _ in range(self.action_repeat):
            np.clip(velocity, -MAX_SPEED, MAX_SPEED, out=velocity)
            self.sim.step(controls)
        frozen = torch.tensor(self.sim.frozen, device=self.device)
        self._obs = torch.where(frozen[:, None], self._obs, self._observe())
        reward = self.task.reward(self._obs[:, :2]).masked_fill(frozen, 0.0)
        return self._obs, reward, {"frozen": frozen}

    def close(self) -> None:
        """End the thread pool."""
        self.sim.close()

    @property
    def start(self) -> tuple[float, float]:
        """x and y of the start, metres."""
        cells = np.array([[str(cell) for cell in row] for row in self.maze_map])
        marked = np.argwhere(cells == "r")
        row, column = marked[0] if len(marked) else np.argwhere(cells != "1")[0]
        return float(column + 0.5 - cells.shape[1] / 2), float(cells.shape[0] / 2 - row - 0.5)

    @property
    def walls(self) -> np.ndarray:
        """Left, bottom, width and height of each wall cell, [n, 4], metres."""
        _, right, _, top = self.extent
        cells = [(i, j) for i, row in enumerate(self.maze_map) for j, cell in enumerate(row) if cell == 1]
        return np.array([[j - right, top - i - 1, 1.0, 1.0] for i, j in cells])

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """x low, x high, y low, y high of the whole maze, metres."""
        height, width = len(self.maze_map) / 2, len(self.maze_map[0]) / 2
        return -width, width, -height, height

    def _checked(self, goal: tuple[float, float], maze: str) -> tuple[float, float]:
        left, right, bottom, top = self.extent
        point = np.asarray(goal, dtype=float)
        if point.shape != (2,) or not np.isfinite(point).all():
            raise ValueError(f"goal must be two numbers (x, y) in metres, got {goal!r}")
        x, y = (float(each) for each in point)
        if not (left < x < right and bottom < y < top):
            raise ValueError(f"goal {(x, y)} lies outside pointmaze-{maze}, {left} to {right} by {bottom} to {top} m")
        if self.maze_map[int(top - y)][int(x - left)] == 1:
            raise ValueError(f"goal {(x, y)} lies in a wall of pointmaze-{maze}; choose another point")
        return x, y

    def _observe(self) -> torch.Tensor:
        return torch.from_numpy(self.sim.current[:, 1:]).to(self.device, torch.float32)


def _library_env(maze: str) -> "PointMazeEnv":
    # Importing the library prints a notice about the Adroit hand, which would be one more line in every message of ours.
    with redirect_stderr(StringIO()):
        from gymnasium_robotics.envs.maze import maps
        from gymnasium_robotics.envs.maze.point_maze import PointMazeEnv
    env = PointMazeEnv(RING if maze == "ring" else getattr(maps, _MAPS[maze]))
    Path(env.tmp_xml_file_path).unlink(missing_ok=True)  # the library leaves it behind
    return env
