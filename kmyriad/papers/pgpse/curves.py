"""Figs. 1 and 7 of De Paola et al., 2025: entropy and support against policy updates, parallel agents against the single one."""

from typing import Literal

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kmyriad.figures.draw import NOTE_SIZE, band, wrapped
from kmyriad.statistics.intervals import mean_intervals

QUANTITIES = {"entropy": "state entropy / log(free cells)", "support": "distinct cells visited"}
ARMS: dict[str, Literal["-", "--"]] = {"parallel": "-", "single": "--"}
"""Line styles, as in the paper."""
COLOURS = {2: "#0072B2", 4: "#009E73", 6: "#D55E00"}
"""By the number of agents, in every figure."""


def world_title(world: str) -> str:
    """Return "Room-det" for room-det, as the paper writes it."""
    return world.capitalize()


def arm_label(arm: str, agents: int) -> str:
    """Return "6 agents" or "1 agent, 6 trajectories"."""
    return f"{agents} agents" if arm == "parallel" else f"1 agent, {agents} trajectories"


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: mean, n, low, high over seeds by quantity, world, agents, arm and update.

    `metrics` has the columns world, agents, arm, seed, update, entropy (share of log(free cells)) and support (cells).
    """
    by = ["world", "agents", "arm", "update"]
    tables = [mean_intervals(metrics, by, quantity).assign(quantity=quantity) for quantity in QUANTITIES]
    return pd.concat(tables, ignore_index=True)[["quantity", *by, "mean", "n", "low", "high"]]


def draw(summary: pd.DataFrame, worlds: list[str], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`): entropy above, support below, a column for each of `worlds`."""
    size = (2.2 * len(worlds) + 0.6, 4.4)
    figure, grid = plt.subplots(2, len(worlds), figsize=size, squeeze=False, sharex=True, sharey="row", layout="constrained")
    for row, (quantity, label) in zip(grid, QUANTITIES.items(), strict=True):
        for axes, world in zip(row, worlds, strict=True):
            _draw_panel(axes, summary[(summary["quantity"] == quantity) & (summary["world"] == world)])
        row[0].set_ylabel(label)
    for axes, world in zip(grid[0], worlds, strict=True):
        axes.set_title(world_title(world))
    handles = [line for line in grid[0, 0].get_lines() if not line.get_label().startswith("_")]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    figure.supxlabel(f"policy updates\n{wrapped(note, figure)}", fontsize=NOTE_SIZE + 0.5)
    return figure


def _draw_panel(axes: Axes, panel: pd.DataFrame) -> None:
    for (agents, arm), curve in panel.groupby(["agents", "arm"], sort=True):
        band(axes, curve["update"], curve, COLOURS.get(agents, "0.3"), arm_label(arm, agents))
        axes.get_lines()[-1].set_linestyle(ARMS[arm])
