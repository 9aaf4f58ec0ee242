"""A point that moves continuously on the map of a grid world: the bridge between PGPSE's tables and K-Myriad's networks."""

import torch

from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.vec_env import check_actions
from kmyriad.gridworld import World

GOAL_RADIUS = 0.5
"""Metres within which a goal counts as reached: about the cell around it."""


class GridworldPoint:
    """`num_envs` points that start at the centre of the start cell and never touch one another; see `VecEnv`.

    A cell is 1 m wide; the start is the origin, x points along the rows to the right, y upwards. An action in [-1, 1]^2 is a
    move in metres, divided by its 1-norm where that exceeds 1, so that a cell is as many actions away as on the grid. It is
    carried out along x, then along y; a part that would end in a wall or beyond the border is not, as on the grid. The world
    slips with its probability: the move is turned by 90, 180 or 270 degrees, each as likely.
    """

    obs_dim = 2
    action_dim = 2
    feature_names: tuple[str, ...] = ("x", "y")

    def __init__(
        self, num_envs: int, world: World, goal: tuple[float, float] | None = None, seed: int = 0, device: str = "cpu"
    ) -> None:
        self.num_envs, self.world, self.device = num_envs, world, device
        self.walls = torch.tensor([[letter == "-" for letter in row] for row in world.rows], device=device)
        self.task = GoalTask(goal and self._checked(goal), GOAL_RADIUS)
        self._generator = torch.Generator(device).manual_seed(seed)
        self.reset()

    def reset(self, seed: int | None = None) -> torch.Tensor:
        """Put every point at the start; `seed` starts the stream of slips anew."""
        if seed is not None:
            self._generator.manual_seed(seed)
        self._xy = torch.zeros(self.num_envs, 2, device=self.device)
        return self._xy

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Move by `actions`; see `VecEnv.step`. Nothing ever freezes."""
        check_actions(actions, self.num_envs, self.action_dim)
        move = actions / actions.abs().sum(1, keepdim=True).clamp_min(1)
        if self.world.slip:
            move = self._slipped(move)
        for axis in range(2):
            along = torch.zeros_like(move)
            along[:, axis] = move[:, axis]
            self._xy = torch.where(self._open(self._xy + along)[:, None], self._xy + along, self._xy)
        frozen = torch.zeros(self.num_envs, dtype=torch.bool, device=self.device)
        return self._xy, self.task.reward(self._xy), {"frozen": frozen}

    def close(self) -> None:
        """Nothing is held."""

    def _open(self, xy: torch.Tensor) -> torch.Tensor:
        row, column = cells_of(self.world, xy).unbind(-1)
        inside = (row >= 0) & (row < len(self.world.rows)) & (column >= 0) & (column < self.world.columns)
        return inside & ~self.walls[row.clamp(0, len(self.world.rows) - 1), column.clamp(0, self.world.columns - 1)]

    def _slipped(self, move: torch.Tensor) -> torch.Tensor:
        drawn = torch.rand(self.num_envs, generator=self._generator, device=self.device)
        turns = torch.where(drawn < self.world.slip, 1 + (3 * drawn / self.world.slip).long().clamp_max(2), 0)
        x, y = move.unbind(1)
        turned = torch.stack([move, torch.stack([-y, x], 1), -move, torch.stack([y, -x], 1)])
        return turned[turns, torch.arange(self.num_envs, device=self.device)]

    def _checked(self, goal: tuple[float, float]) -> tuple[float, float]:
        x, y = float(goal[0]), float(goal[1])
        if not self._open(torch.tensor([[x, y]], device=self.device)).item():
            raise ValueError(f"goal {(x, y)} lies in a wall of {self.world.name} or outside; choose another point")
        return x, y


def cells_of(world: World, xy: torch.Tensor) -> torch.Tensor:
    """Return row and column [..., 2], int64, of the cells that the positions `xy` [..., 2] (metres) lie in."""
    row, column = divmod(world.start, world.columns)
    return torch.stack([row - xy[..., 1].round().long(), column + xy[..., 0].round().long()], -1)


def states_of(world: World, xy: torch.Tensor) -> torch.Tensor:
    """Return the grid world's state [...] at the positions `xy` [..., 2] (metres)."""
    row, column = cells_of(world, xy).unbind(-1)
    return row * world.columns + column
