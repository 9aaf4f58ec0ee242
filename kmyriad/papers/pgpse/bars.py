"""Figs. 2 and 3 of De Paola et al., 2025: entropy of the data sets, and success of offline Q-learning over the goals."""

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kmyriad.figures.draw import NOTE_SIZE, wrapped
from kmyriad.papers.pgpse.curves import world_title
from kmyriad.statistics.intervals import mean_intervals

COLOURS = {"parallel": "#0072B2", "single": "#E69F00", "random": "0.6"}
LABELS = {"parallel": "parallel agents", "single": "single agent", "random": "random policy", "untrained": "no data"}
LIMITS = {"success_horizon": "within the horizon + 1 steps", "success_long": "within the long limit"}
WIDTH = 0.26
"""Of a bar; the groups are 1 apart."""


def summarise_entropy(datasets: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of Fig. 2: mean, n, low, high over seeds of the data sets' entropy by world, agents and source."""
    return mean_intervals(datasets, ["world", "agents", "source"], "entropy")


def draw_entropy(summary: pd.DataFrame, worlds: list[str], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise_entropy`): a panel for each of `worlds`, a group a number of agents."""
    figure, grid = plt.subplots(
        1, len(worlds), figsize=(2.2 * len(worlds) + 0.6, 2.7), squeeze=False, sharey=True, layout="constrained"
    )
    for axes, world in zip(grid.flat, worlds, strict=True):
        _draw_groups(axes, summary[summary["world"] == world])
        axes.set_title(world_title(world))
    grid[0, 0].set_ylabel("data-set entropy / log(free cells)")
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(COLOURS))
    figure.supxlabel(f"trajectories in a data set, m\n{wrapped(note, figure)}", fontsize=NOTE_SIZE + 0.5)
    return figure


def _draw_groups(axes: Axes, panel: pd.DataFrame) -> None:
    numbers = sorted(panel["agents"].unique())
    for offset, (source, colour) in zip((-WIDTH, 0, WIDTH), COLOURS.items(), strict=True):
        bars = panel[panel["source"] == source].set_index("agents").reindex(numbers)
        errors = [bars["mean"] - bars["low"], bars["high"] - bars["mean"]]
        places = np.arange(len(numbers)) + offset
        axes.bar(places, bars["mean"], 0.92 * WIDTH, yerr=errors, color=colour, label=LABELS[source], error_kw={"linewidth": 0.9})
    axes.set(xticks=range(len(numbers)), xticklabels=numbers, ylim=(0, 1))
    axes.grid(visible=False, axis="x")


def summarise_success(success: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of Fig. 3: mean over seeds of the success of each goal by limit, world, agents, source, best first.

    `success` has the columns world, agents, source, seed, goal, success_horizon and success_long (shares of the episodes);
    `rank` counts the goals of a source from 1, and ties stand in the order of the goals. The floor, no data, has agents = 0.
    """
    tables = []
    for limit in LIMITS:
        means = success.groupby(["world", "agents", "source", "goal"])[limit].mean().rename("success").reset_index()
        tables.append(means.assign(limit=limit))
    by = ["limit", "world", "agents", "source"]
    table = pd.concat(tables).sort_values([*by, "success", "goal"], ascending=[True] * 4 + [False, True])
    return table.assign(rank=table.groupby(by).cumcount() + 1)[[*by, "rank", "goal", "success"]].reset_index(drop=True)


def draw_success(summary: pd.DataFrame, worlds: list[str], agents: list[int], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise_success`): a row a number of agents and limit, a column a world."""
    rows = list(product(agents, LIMITS))
    size = (2.2 * len(worlds) + 0.6, 2.0 * len(rows) + 0.9)
    figure, grid = plt.subplots(
        len(rows), len(worlds), figsize=size, squeeze=False, sharex="col", sharey=True, layout="constrained"
    )
    for row, (number, limit) in zip(grid, rows, strict=True):
        for axes, world in zip(row, worlds, strict=True):
            panel = summary[(summary["world"] == world) & (summary["limit"] == limit) & summary["agents"].isin([number, 0])]
            _draw_ranks(axes, panel)
        row[0].set_ylabel(f"success rate, m = {number},\n{LIMITS[limit]}")
    for axes, world in zip(grid[0], worlds, strict=True):
        axes.set_title(world_title(world))
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(LABELS))
    figure.supxlabel(f"goals, each source's best first\n{wrapped(note, figure)}", fontsize=NOTE_SIZE + 0.5)
    return figure


def _draw_ranks(axes: Axes, panel: pd.DataFrame) -> None:
    """Draw the outline of each source's bars, one a goal, so that none hides another."""
    for source, colour in {**COLOURS, "untrained": "black"}.items():
        ranked = panel[panel["source"] == source]
        style = ":" if source == "untrained" else "-"
        edges = np.arange(len(ranked) + 1) + 0.5
        axes.stairs(ranked["success"], edges, baseline=None, color=colour, linestyle=style, linewidth=1.5, label=LABELS[source])
    axes.set(ylim=(-0.03, 1.03))
