"""Rule `fig4`: heat maps of the heads in a point maze, pretrained and fine-tuned, as PDF, PNG and CSV."""

import argparse
import json
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from kmyriad.envs.pointmaze import GOAL_RADIUS, PointMaze
from kmyriad.figures import fig4 as maps
from kmyriad.figures.draw import use_style
from kmyriad.figures.fig4 import PRETRAINED, Maze, Panel
from kmyriad.settings import EnvironmentSettings, Fig4Job
from kmyriad.stages.command import run
from kmyriad.stages.environments import Goal, look_at
from kmyriad.stages.files import StageError
from kmyriad.stages.pictures import write_figure
from kmyriad.stages.runs import finetune_run_of, read_tables
from kmyriad.stages.visit import load_particles

LAST = 5
"""PPO updates at the end of a run over which its success is averaged."""


def fig4(job: Fig4Job, pretrained: Path, finetuned: list[str], metrics: list[str], goals: Path) -> tuple[Figure, pd.DataFrame]:
    """Draw the visits of all heads in `pretrained`, and those of `finetuned`, one file for each head and goal.

    Raises:
        StageError: a head and goal without its file of visits or metrics, or with several; an environment without walls.
    """
    maze = maze_of(job.environment, json.loads(goals.read_text()))
    particles, heads = load_particles(pretrained)
    visits = {Panel(head, PRETRAINED): _points(block) for head, block in enumerate(particles.chunk(heads, dim=1))}
    wanted = [Panel(head, f"goal{goal}") for head in range(heads) for goal in range(len(maze.goals))]
    for panel, file in zip(_complete(wanted, finetuned, "--finetuned"), finetuned, strict=True):
        visits[panel] = _points(load_particles(Path(file))[0])
    _complete(wanted, metrics, "--metrics")
    summary = maps.summarise(visits, final_success(metrics), maze.extent, job.bins)
    return maps.draw(summary, maze, job.bins, job.note), summary


def maze_of(environment: EnvironmentSettings, goals: list[Goal]) -> Maze:
    """Return what is drawn of the point maze `environment`; StageError if it is not one."""
    env = look_at(environment)
    if not isinstance(env, PointMaze):
        raise StageError(f"Fig. 4 shows a point maze, not {environment.name!r}: take one of pointmaze-*")
    return Maze(env.extent, env.walls, env.start, [(x, y) for x, y in goals], GOAL_RADIUS)


def final_success(metrics: list[str]) -> dict[Panel, float]:
    """Return the success of each run of PPO, averaged over its last `LAST` updates."""
    table = read_tables(metrics, finetune_run_of)
    last = table.sort_values("epoch").groupby(["init", "goal"])["success"]
    return {_panel(init, goal): float(success.tail(LAST).mean()) for (init, goal), success in last}


def _panel(init: str, goal: int) -> Panel:
    head = init.removeprefix("head")
    if head == init or not head.isdecimal():
        raise StageError(f"Fig. 4 shows runs that start from head<i>, not from {init!r}")
    return Panel(int(head), f"goal{goal}")


def _complete(wanted: list[Panel], files: list[str], option: str) -> list[Panel]:
    """Return the panel of each of `files`; StageError unless they are those of `wanted`, each once."""
    found = [_panel(*finetune_run_of(file)[1:3]) for file in files]
    for panel in sorted({*wanted, *found}):
        if found.count(panel) != wanted.count(panel):
            has, needs = found.count(panel), wanted.count(panel)
            raise StageError(f"{option} has {has} files of head{panel.head}, {panel.after}, and Fig. 4 needs {needs}")
    return found


def _points(particles: torch.Tensor) -> np.ndarray:
    """Return the first two features, x and y in metres, of the visits [T, m, d], [T * m, 2]."""
    return particles[..., :2].flatten(0, 1).numpy()


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.fig4", description=__doc__)
    parser.add_argument("--pretrained", required=True, type=Path, help="what the stage visit wrote for the pretrained policy")
    parser.add_argument("--finetuned", required=True, nargs="+", help="what it wrote for each head and goal, after PPO")
    parser.add_argument("--metrics", required=True, nargs="+", help="metrics.csv of the same runs of PPO")
    parser.add_argument("--goals", required=True, type=Path, help="what the stage goals wrote")
    parser.add_argument("--pdf", required=True, type=Path, help="figure to write; PNG and CSV go beside it")
    run(_write, Fig4Job, parser, arguments)


def _write(job: Fig4Job, options: argparse.Namespace) -> None:
    started = perf_counter()
    use_style()
    figure, numbers = fig4(job, options.pretrained, options.finetuned, options.metrics, options.goals)
    inputs = [str(options.pretrained), *options.finetuned, *options.metrics, str(options.goals)]
    write_figure(figure, numbers, options.pdf, job, inputs, perf_counter() - started)


if __name__ == "__main__":
    main()
