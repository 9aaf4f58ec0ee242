"""Fig. 4: where each head goes in a point maze, after pretraining and after PPO to each goal."""

import json
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from kmyriad.envs.pointmaze import GOAL_RADIUS, PointMaze
from kmyriad.figures.draw import Extent, heat_map, visited_cells
from kmyriad.jobs.environments import Goal, look_at
from kmyriad.jobs.files import StageError
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import FINETUNED, of_stage, read_tables
from kmyriad.settings import EnvironmentSettings, Fig4Job
from kmyriad.stages.visit import load_particles

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


LAST = 5
"""PPO updates at the end of a run over which its success is averaged."""


def fig4(job: Fig4Job, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the visits of all heads before PPO (of the stage visit) and after it (visit_finetuned), among `files`.

    Raises:
        StageError: a head and goal without its file of visits or metrics, or with several; an environment without walls.
    """
    finetuned, metrics = of_stage(files, "visit_finetuned"), of_stage(files, "finetune")
    (pretrained,), (goals,) = of_stage(files, "visit"), of_stage(files, "goals")
    maze = maze_of(job.environment, json.loads(Path(goals).read_text()))
    particles, heads = load_particles(Path(pretrained))
    visits = {Panel(head, PRETRAINED): _points(block) for head, block in enumerate(particles.chunk(heads, dim=1))}
    wanted = [Panel(head, f"goal{goal}") for head in range(heads) for goal in range(len(maze.goals))]
    for panel, file in zip(_complete(wanted, finetuned, "visit_finetuned"), finetuned, strict=True):
        visits[panel] = _points(load_particles(Path(file))[0])
    _complete(wanted, metrics, "finetune")
    summary = summarise(visits, final_success(metrics), maze.extent, job.bins)
    return draw(summary, maze, job.bins, job.note), summary


def maze_of(environment: EnvironmentSettings, goals: list[Goal]) -> Maze:
    """Return what is drawn of the point maze `environment`; StageError if it is not one."""
    env = look_at(environment)
    if not isinstance(env, PointMaze):
        raise StageError(f"Fig. 4 shows a point maze, not {environment.name!r}: take one of pointmaze-*")
    return Maze(env.extent, env.walls, env.start, [(x, y) for x, y in goals], GOAL_RADIUS)


def final_success(metrics: list[str]) -> dict[Panel, float]:
    """Return the success of each run of PPO, averaged over its last `LAST` updates."""
    table = read_tables(metrics, FINETUNED)
    last = table.sort_values("epoch").groupby(["init", "goal"])["success"]
    return {_panel(init, goal): float(success.tail(LAST).mean()) for (init, goal), success in last}


def _panel(init: str, goal: int) -> Panel:
    head = init.removeprefix("head")
    if head == init or not head.isdecimal():
        raise StageError(f"Fig. 4 shows runs that start from head<i>, not from {init!r}")
    return Panel(int(head), f"goal{goal}")


def _complete(wanted: list[Panel], files: list[str], stage: str) -> list[Panel]:
    """Return the panel of each of `files`; StageError unless they are those of `wanted`, each once."""
    found = [_panel(*FINETUNED.of(file)[1:3]) for file in files]
    for panel in sorted({*wanted, *found}):
        if found.count(panel) != wanted.count(panel):
            has, needs = found.count(panel), wanted.count(panel)
            raise StageError(f"{stage} has {has} files of head{panel.head}, {panel.after}, and Fig. 4 needs {needs}")
    return found


def _points(particles: torch.Tensor) -> np.ndarray:
    """Return the first two features, x and y in metres, of the visits [T, m, d], [T * m, 2]."""
    return particles[..., :2].flatten(0, 1).numpy()


main = drawing_stage(fig4, "what visit, visit_finetuned, finetune (metrics.csv) and goals wrote for the point maze", Fig4Job)

if __name__ == "__main__":
    main()
