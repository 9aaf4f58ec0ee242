"""Fig. 4: where each head goes in a point maze, after pretraining and after PPO to each goal."""

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from kmyriad.figures.draw import Extent, heat_map, visited_cells

PRETRAINED = "pretrained"
CUT = 0.5
"""Metres of the wall around the maze that are not drawn, on each side."""
WALL, GOAL, START = "0.45", "#2CA02C", "red"


class Panel(NamedTuple):
    """One head, and what it learnt last: PRETRAINED, or "goal0", "goal1", ..."""

    head: int
    after: str


class Maze(NamedTuple):
    """What is drawn over the maps, in metres: walls [n, 4] (left, bottom, width, height), start and goals (x, y)."""

    extent: Extent
    walls: np.ndarray
    start: tuple[float, float]
    goals: list[tuple[float, float]]
    goal_radius: float


def summarise(visits: dict[Panel, np.ndarray], success: dict[Panel, float], extent: Extent, bins: int) -> pd.DataFrame:
    """Return the drawn numbers: log(1 + visits) by head, after, row (y) and column (x) of the non-empty cells.

    `visits` are points [N, 2]; `success`, in [0, 1], is repeated in every row of a panel, and missing (NaN) where PPO has
    not trained.
    """
    tables = []
    for panel, xy in visits.items():
        cells = visited_cells(xy, extent, bins)
        tables.append(pd.DataFrame({**panel._asdict(), "success": success.get(panel, np.nan), **cells}))
    return pd.concat(tables, ignore_index=True)


def draw(summary: pd.DataFrame, maze: Maze, bins: int, note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`): a row a head, on one colour scale."""
    heads, columns = sorted(summary["head"].unique()), [PRETRAINED, *(f"goal{index}" for index in range(len(maze.goals)))]
    aspect = (maze.extent[3] - maze.extent[2] - 2 * CUT) / (maze.extent[1] - maze.extent[0] - 2 * CUT)
    size = (2.2 * len(columns) + 1.2, (2.0 * aspect + 0.35) * len(heads) + 0.5)
    figure, grid = plt.subplots(
        len(heads), len(columns), figsize=size, squeeze=False, sharex=True, sharey=True, layout="constrained"
    )
    top = summary["log_visits"].max()
    for row, head in zip(grid, heads, strict=True):
        for axes, after, goal in zip(row, columns, [None, *maze.goals], strict=True):
            cells = summary[(summary["head"] == head) & (summary["after"] == after)]
            image = heat_map(axes, cells, maze.extent, bins, top)
            _draw_maze(axes, maze, goal)
            axes.set_title(_title(head, goal, cells["success"].max()), fontsize=8)
    figure.colorbar(image, ax=grid, label="log(1 + visits)", shrink=0.6)
    figure.supxlabel(f"x (m)\n{note}", fontsize=7)
    figure.supylabel("y (m)", fontsize=8)
    return figure


def _draw_maze(axes: Axes, maze: Maze, goal: tuple[float, float] | None) -> None:
    for left, bottom, width, height in maze.walls:
        axes.add_patch(Rectangle((left, bottom), width, height, color=WALL, linewidth=0))
    x_low, x_high, y_low, y_high = maze.extent
    axes.set(xlim=(x_low + CUT, x_high - CUT), ylim=(y_low + CUT, y_high - CUT))
    axes.plot(*maze.start, "o", color=START, markeredgecolor="white", markersize=5)
    if goal is not None:
        axes.add_patch(Circle(goal, maze.goal_radius, fill=False, edgecolor=GOAL, linewidth=2))


def _title(head: int, goal: tuple[float, float] | None, success: float) -> str:
    if goal is None:
        return f"head {head}, pretrained"
    return f"head {head}, PPO to ({goal[0]:g}, {goal[1]:g}): {100 * success:.0f} % success"
