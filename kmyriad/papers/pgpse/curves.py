"""Figs. 1 and 7 of De Paola et al., 2025: entropy and support against policy updates, parallel agents against the single one."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import finish, look_of, name_panels, panels
from kmyriad.statistics.intervals import mean_intervals

QUANTITIES = {"entropy": "state entropy / log(free cells)", "support": "distinct cells visited"}
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


def draw(metrics: pd.DataFrame, worlds: list[str], note: str) -> Figure:
    """Return the figure of `metrics` (see `summarise`): entropy above, support below, a column for each of `worlds`."""
    runs = metrics.rename(columns={"world": "environment", "update": "epoch"})
    runs["curve"] = [arm_label(arm, agents) for arm, agents in zip(runs["arm"], runs["agents"], strict=True)]
    curves = runs.drop_duplicates("curve").sort_values(["agents", "arm"]).set_index("curve")
    palette = {curve: COLOURS.get(agents, "0.3") for curve, agents in curves["agents"].items()}
    look = look_of(palette, dashed=curves.index[curves["arm"] == "single"])
    rows = runs.melt(["environment", "curve", "epoch"], list(QUANTITIES), "quantity")
    grid = panels(rows, worlds, QUANTITIES, look, sharex=True, sharey="row")
    grid.set_xlabels("policy updates")
    name_panels(grid, world_title, list(QUANTITIES.values()))
    finish(grid.figure, note)
    return grid.figure
