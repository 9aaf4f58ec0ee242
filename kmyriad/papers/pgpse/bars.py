"""Figs. 2 and 3 of De Paola et al., 2025: entropy of the data sets, and success of offline Q-learning over the goals."""

from itertools import product

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from kmyriad.figures.draw import drawn_interval, finish, look_of, name_panels, panels
from kmyriad.papers.pgpse.curves import world_title
from kmyriad.statistics.intervals import mean_intervals

COLOURS = {"parallel": "#0072B2", "single": "#E69F00", "random": "0.6"}
LABELS = {"parallel": "parallel agents", "single": "single agent", "random": "random policy", "untrained": "no data"}
LIMITS = {"success_horizon": "within the horizon + 1 steps", "success_long": "within the long limit"}


def summarise_entropy(datasets: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of Fig. 2: mean, n, low, high over seeds of the data sets' entropy by world, agents and source."""
    return mean_intervals(datasets, ["world", "agents", "source"], "entropy")


def draw_entropy(datasets: pd.DataFrame, worlds: list[str], note: str) -> Figure:
    """Return the figure of `datasets` (columns as in the CSV): a panel for each of `worlds`, a group a number of agents."""
    palette = {LABELS[source]: colour for source, colour in COLOURS.items()}
    bars = dict(x="agents", y="entropy", hue="source", hue_order=list(palette), palette=palette, saturation=1)
    bars |= dict(errorbar=drawn_interval, err_kws={"linewidth": 0.9})
    facets = dict(col="world", col_order=worlds, height=2.7, aspect=0.85, legend_out=False)
    grid = sns.catplot(datasets.assign(source=datasets["source"].map(LABELS)), kind="bar", **bars, **facets)
    grid.set(ylim=(0, 1)).set_xlabels("trajectories in a data set, m")
    name_panels(grid, world_title, ["data-set entropy / log(free cells)"])
    for axes in grid.axes.flat:
        axes.grid(visible=False, axis="x")
    finish(grid.figure, note)
    return grid.figure


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
    """Return the figure of `summary` (see `summarise_success`): a row a number of agents and limit, a column a world.

    Each source has the outline of its bars, one a goal, so that none hides another.
    """
    labels = {(m, limit): f"success rate, m = {m},\n{text}" for m, (limit, text) in product(agents, LIMITS.items())}
    rows = [
        summary[(summary["limit"] == limit) & summary["agents"].isin([number, 0])].assign(quantity=label)
        for (number, limit), label in labels.items()
    ]
    table = pd.concat(rows).rename(columns={"world": "environment", "rank": "epoch", "success": "value"})
    palette = {LABELS[source]: colour for source, colour in {**COLOURS, "untrained": "black"}.items()}
    look = look_of(palette, dashed=[LABELS["untrained"]]) | {"errorbar": None, "drawstyle": "steps-mid"}
    y_labels = {label: label for label in labels.values()}
    grid = panels(table.assign(curve=table["source"].map(LABELS)), worlds, y_labels, look, sharex="col", sharey=True)
    grid.set(ylim=(-0.03, 1.03)).set_xlabels("goals, each source's best first")
    name_panels(grid, world_title, list(y_labels))
    finish(grid.figure, note)
    return grid.figure
