"""Figs. 8, 9 and 10 of De Paola et al., 2025: maps of visits, of the goals that are reached, and of the policies."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from kmyriad.figures.draw import write_below
from kmyriad.gridworld import World
from kmyriad.papers.pgpse.bars import LABELS
from kmyriad.papers.pgpse.curves import world_title

WALL, START = "0.78", "#D55E00"
ARROWS = ((-1, 0), (0, -1), (1, 0), (0, 1))
"""(right, up) of left, down, right and up, the order of kmyriad.gridworld.ACTIONS."""
RARE = 0.02
"""Expected visits in a trajectory below which a cell's policy is not drawn: hardly any gradient has reached it."""
Panel = tuple[str, str]


def draw_visits(summary: pd.DataFrame, worlds: Mapping[str, World], note: str) -> Figure:
    """Return Fig. 8 of `summary`, columns world, source, state and visits (share): a row a source, a column a world."""
    rows = [source for source in LABELS if source in set(summary["source"])]
    top = summary["visits"].max()

    def draw(axes: Axes, panel: pd.DataFrame, world: World) -> QuadMesh:
        # Cells near the start have ten times the visits of the far ones, which matter more: their colours are spread.
        return draw_cells(axes, world, values(panel, world, "visits"), "magma", top, gamma=0.5)

    panels = [(world, source) for source in rows for world in worlds]
    figure, image, grid = _map_grid(summary, worlds, panels, draw, len(worlds))
    figure.colorbar(image, ax=grid, label="share of the visits", shrink=0.7)
    return _noted(figure, note)


def draw_reached(summary: pd.DataFrame, worlds: Mapping[str, World], note: str) -> Figure:
    """Return Fig. 9 of `summary`, columns world, source, goal and success: a row a world, a column a source."""
    columns = [source for source in LABELS if source in set(summary["source"])]

    def draw(axes: Axes, panel: pd.DataFrame, world: World) -> QuadMesh:
        return draw_cells(axes, world, values(panel.rename(columns={"goal": "state"}), world, "success"), "viridis", 1.0)

    panels = [(world, source) for world in worlds for source in columns]
    figure, image, grid = _map_grid(summary, worlds, panels, draw, len(columns))
    figure.colorbar(image, ax=grid, label="success rate", shrink=0.7)
    return _noted(figure, note)


def draw_policies(summary: pd.DataFrame, worlds: Mapping[str, World], note: str) -> Figure:
    """Return Fig. 10 of `summary`: a row a world, a column an agent, the single one first.

    Columns: world, source, agent, state, visits (expected ones in a trajectory), action (most probable one, an index into
    ACTIONS), action_entropy (share of log 4) and mean_action_entropy of the agent, the same in all its rows.
    """
    agents = summary[["source", "agent"]].drop_duplicates().sort_values(["source", "agent"], ascending=[False, True])
    names = [(row.source, row.agent) for row in agents.itertuples()]
    figure, grid = _axes(list(worlds.values()), len(names), 1.45)
    for row, (label, world) in zip(grid, worlds.items(), strict=True):
        for axes, (source, agent) in zip(row, names, strict=True):
            chosen = (summary["world"] == label) & (summary["source"] == source) & (summary["agent"] == agent)
            image = _draw_policy(axes, summary[chosen], world)
            who = "single agent" if source == "single" else f"agent {agent + 1}"
            axes.set_title(f"{who}: {summary[chosen]['mean_action_entropy'].max():.2f}", fontsize=7.5)
        row[0].set_ylabel(world_title(label))
    figure.colorbar(image, ax=grid, label="action entropy / log 4", shrink=0.8)
    return _noted(figure, note)


def _draw_policy(axes: Axes, panel: pd.DataFrame, world: World) -> QuadMesh:
    """Colour the cells that the agent goes to by its action entropy, and draw its most probable action in them."""
    panel = panel[panel["visits"] >= RARE]
    image = draw_cells(axes, world, values(panel, world, "action_entropy"), "cividis", 1.0)
    rows, columns = np.divmod(panel["state"].to_numpy(), world.columns)
    right, up = np.array(ARROWS)[panel["action"].to_numpy()].T
    colours = np.where(panel["action_entropy"] < 0.6, "white", "black")
    axes.quiver(
        columns + 0.5,
        rows + 0.5,
        right,
        up,
        color=colours,
        pivot="mid",
        scale=1.3,
        scale_units="x",
        width=0.009,
        headlength=4,
        headaxislength=4,
    )
    return image


def values(panel: pd.DataFrame, world: World, column: str) -> np.ndarray:
    """Return `column` of `panel` by its states [states], missing (NaN) where there is no row."""
    array = np.full(world.states, np.nan)
    array[panel["state"].to_numpy()] = panel[column].to_numpy()
    return array


def draw_cells(axes: Axes, world: World, cells: np.ndarray, colours: str, top: float, gamma: float = 1.0) -> QuadMesh:
    """Draw `cells` [states] over the map: walls grey, free cells without a value white, the start ringed.

    The colour map runs from 0 to `top` with (cell / top)^gamma.
    """
    shape = len(world.rows), world.columns
    walls = np.ones(world.states)
    walls[world.free.numpy()] = np.nan
    look = dict(square=True, cbar=False, xticklabels=False, yticklabels=False, rasterized=True, ax=axes)
    norm = PowerNorm(gamma, 0, top)
    (image,) = sns.heatmap(cells.reshape(shape), cmap=colours, vmin=0, vmax=top, norm=norm, **look).collections
    sns.heatmap(walls.reshape(shape), cmap=[WALL], vmin=0, vmax=1, **look)
    row, column = divmod(world.start, world.columns)
    axes.plot(column + 0.5, row + 0.5, "o", markerfacecolor="none", markeredgecolor=START, markersize=7, markeredgewidth=1.3)
    axes.spines[:].set(visible=True, color=WALL)
    return image


def _map_grid(
    summary: pd.DataFrame,
    worlds: Mapping[str, World],
    panels: Sequence[Panel],
    draw: Callable[[Axes, pd.DataFrame, World], QuadMesh],
    columns: int,
) -> tuple[Figure, QuadMesh, np.ndarray]:
    """Return a figure with a map for each (world, source) of `panels`, one of its images, and its axes."""
    figure, grid = _axes([worlds[world] for world, _ in panels[::columns]], columns, 2.0)
    for axes, (label, source) in zip(grid.flat, panels, strict=True):
        panel = summary[(summary["world"] == label) & (summary["source"] == source)]
        image = draw(axes, panel, worlds[label])
        axes.set_title(f"{world_title(label)}, {LABELS[source]}", fontsize=8)
    return figure, image, grid


def _axes(rows: Sequence[World], columns: int, width: float) -> tuple[Figure, np.ndarray]:
    """Return a figure with `columns` panels of `width` inches for each of `rows`, as high as the worlds are."""
    heights = [width * len(world.rows) / world.columns + 0.2 for world in rows]
    size = (width * columns + 0.9, sum(heights) + 0.5)
    return plt.subplots(
        len(rows), columns, figsize=size, squeeze=False, layout="constrained", gridspec_kw={"height_ratios": heights}
    )


def _noted(figure: Figure, note: str) -> Figure:
    write_below(figure, note)
    return figure
