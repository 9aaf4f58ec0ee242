"""Fig. 5 of Collaborative Exploration: who goes where in the maze as training goes on, and how much of it the set covers."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from kmyriad.collaborative.tasks.maze import ROWS
from kmyriad.figures.draw import NOTE_SIZE, legend_above, look_of, wrapped
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.collaborative.arms import arm_colours, arm_label
from kmyriad.papers.collaborative.claims import coverage
from kmyriad.papers.collaborative.goals import both_found
from kmyriad.papers.collaborative.runs import read_runs
from kmyriad.settings.collaborative.study import CollaborativeFigureJob
from kmyriad.statistics.intervals import mean_intervals

POINTS = 40
"""Moments at which coverage is drawn."""
QUANTITIES = {"covered": "free cells covered", "overlap": "covered cells shared by all"}
_AGENTS = ("#0072B2", "#D55E00", "#009E73", "#E69F00")
_DOT = 70  # area of the dot of an agent that is always there, in square points


def covered_by_then(visits: pd.DataFrame) -> pd.DataFrame:
    """Return the quantities (of QUANTITIES) at POINTS moments: a row a moment (env_steps), arm and seed.

    `visits` has the columns task, arm, seed, agent, phase, row, column, visits and first.
    """
    moments = np.linspace(0, visits["first"].max(), POINTS + 1)[1:].astype(int)
    return pd.concat([coverage(visits, moment).assign(env_steps=moment) for moment in moments], ignore_index=True)


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers of `table` (see `covered_by_then`): mean, n, low, high over seeds by quantity, arm, env_steps."""
    by = ["arm", "env_steps"]
    tables = [mean_intervals(table, by, quantity).assign(quantity=quantity) for quantity in QUANTITIES]
    return pd.concat(tables, ignore_index=True)[["quantity", *by, "mean", "n", "low", "high"]]


def draw(table: pd.DataFrame, visits: pd.DataFrame, arms: list[str], note: str) -> Figure:
    """Return the figure: curves of `table` (see `covered_by_then`) above, below a row of maps of `visits`, first seed, an arm."""
    phases = int(visits["phase"].max()) + 1
    figure = plt.figure(figsize=(1.5 * phases + 0.6, 2.6 + 1.5 * len(arms)), layout="constrained")
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=[2.4, 1.5 * len(arms)])[:, 0]
    _draw_curves(above, table, arms)
    grid = below.subplots(len(arms), phases, squeeze=False)
    for row, arm in zip(grid, arms, strict=True):
        chosen = visits[(visits["arm"] == arm) & (visits["seed"] == visits.loc[visits["arm"] == arm, "seed"].min())]
        for phase, axes in enumerate(row):
            _draw_map(axes, chosen[chosen["phase"] == phase])
        row[0].set_ylabel(f"{arm_label(arm)}\n{_goals(visits[visits['arm'] == arm])}", fontsize=NOTE_SIZE)
    for phase, axes in enumerate(grid[0]):
        axes.set_title(f"part {phase + 1} of {phases}")
    legend_above(below, columns=len(_AGENTS))
    below.supxlabel(wrapped(note, figure), fontsize=NOTE_SIZE)
    return figure


def _goals(visits: pd.DataFrame) -> str:
    both = both_found(visits)["both"]
    return f"both goals:\n{both.sum()} of {len(both)} seeds"


def _draw_curves(figure: SubFigure, table: pd.DataFrame, arms: list[str]) -> None:
    look = look_of({arm_label(arm): colour for arm, colour in arm_colours(arms).items()})
    curves = table.assign(curve=table["arm"].map(arm_label), thousands=table["env_steps"] / 1000)
    for axes, (quantity, label) in zip(figure.subplots(1, len(QUANTITIES)), QUANTITIES.items(), strict=True):
        sns.lineplot(curves, x="thousands", y=quantity, ax=axes, **look)
        axes.set(title=f"share of {label}", xlabel="thousand environment steps", ylabel="", ylim=(0, 1.03))
    legend_above(figure, columns=4)


def _draw_map(axes: Axes, visits: pd.DataFrame) -> None:
    """Draw the walls, and in each cell a dot for each agent, its area the share of its visits by square root."""
    walls = np.array([[letter == "#" for letter in line] for line in ROWS])
    axes.imshow(walls, cmap="Greys", vmin=0, vmax=2)
    for row, column in np.argwhere(np.array([list(line) for line in ROWS]) == "G"):
        axes.text(column, row, "G", ha="center", va="center", color="0.5", fontsize=7)
    agents = sorted(visits["agent"].unique())
    for place, agent in enumerate(agents):
        mine = visits[visits["agent"] == agent]
        shift = (place - (len(agents) - 1) / 2) * 0.5 / max(1, len(agents) - 1)
        share = (mine["visits"] / mine["visits"].sum()) ** 0.5
        dots = axes.scatter(mine["column"] + shift, mine["row"], s=_DOT * share, color=_AGENTS[agent % len(_AGENTS)])
        dots.set(linewidths=0, label=f"agent {agent}")
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)


def ce_fig5(job: CollaborativeFigureJob, visits: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the visits in the files `visits`."""
    runs = read_runs(job, visits)
    table = covered_by_then(runs)
    return draw(table, runs, list(job.arms), job.note), summarise(table)


main = drawing_stage(ce_fig5, "visits.csv of every training in the maze that is drawn", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
