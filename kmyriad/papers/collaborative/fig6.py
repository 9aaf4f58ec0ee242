"""Fig. 6 of Collaborative Exploration: the ways of head, waist and foot, agent by agent, of Replica and of CE."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kmyriad.figures.draw import NOTE_SIZE, wrapped
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.collaborative.arms import arm_label
from kmyriad.papers.collaborative.runs import read_runs
from kmyriad.settings.collaborative.study import CollaborativeFigureJob

AGENTS = 2
"""Shown of each set, as in the paper."""
COLOURS = {"head": "#E69F00", "waist": "#009E73", "foot": "#0072B2"}
"""The paper's orange, green and blue."""


def first_agents(gaits: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the first `AGENTS` agents of each task's and arm's first seed."""
    first = gaits.groupby(["task", "arm"])["seed"].transform("min")
    return gaits[(gaits["seed"] == first) & (gaits["agent"] < AGENTS)].reset_index(drop=True)


def draw(gaits: pd.DataFrame, tasks: list[str], arms: list[str], note: str) -> Figure:
    """Return a column of panels for each of `tasks`, with a row for each agent of each of `arms`."""
    rows = [(arm, agent) for arm in arms for agent in sorted(gaits.loc[gaits["arm"] == arm, "agent"].unique())]
    size = (3.2 * len(tasks) + 0.6, 1.1 * len(rows) + 0.8)
    figure, grid = plt.subplots(len(rows), len(tasks), squeeze=False, figsize=size, sharex="col", layout="constrained")
    for line, (arm, agent) in zip(grid, rows, strict=True):
        line[0].set_ylabel(f"{arm_label(arm)} {agent + 1}\nz, m")
        for axes, task in zip(line, tasks, strict=True):
            _draw_gait(axes, gaits[(gaits["task"] == task) & (gaits["arm"] == arm) & (gaits["agent"] == agent)])
    for axes, task in zip(grid[0], tasks, strict=True):
        axes.set_title(task)
    for axes in grid[-1]:
        axes.set_xlabel("x, m")
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(COLOURS))
    figure.supxlabel(wrapped(note, figure), fontsize=NOTE_SIZE)
    return figure


def _draw_gait(axes: Axes, gait: pd.DataFrame) -> None:
    for point, colour in COLOURS.items():
        axes.plot(gait[f"{point}_x"], gait[f"{point}_z"], color=colour, linewidth=0.9, label=point)


def ce_fig6(job: CollaborativeFigureJob, gaits: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the gaits in the files `gaits`."""
    shown = first_agents(read_runs(job, gaits))
    return draw(shown, list(job.tasks), list(job.arms), job.note), shown


main = drawing_stage(ce_fig6, "gaits.csv of every training that is drawn", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
