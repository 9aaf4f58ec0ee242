"""The bridge: K-Myriad's k-NN objective on a continuous grid world, beside PGPSE's tables on the same map."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from kmyriad.figures.draw import NOTE_SIZE, band, mean_interval, wrapped

METHODS = {"PGPSE": "#0072B2", "PGPSE, infinite trials": "#009E73", "K-Myriad": "#D55E00"}
"""Colours."""
_AGENTS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
MEASURES = {"entropy": "entropy of m trajectories", "mixture": "entropy of the mixture", "divergence": "mean KL from the mixture"}


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Return mean, n, low, high over seeds of each measure by method, arm and agents; `table` has one row a run."""
    by = ["method", "arm", "agents"]
    tables = [mean_interval(table, by, measure).assign(measure=measure) for measure in (*MEASURES, "individual", "support")]
    return pd.concat(tables, ignore_index=True)


def draw(summary: pd.DataFrame, maps: dict[str, np.ndarray], walls: np.ndarray, note: str) -> Figure:
    """Return curves of `summary` (see `summarise`) above a map of who visits what for each method of `maps`.

    maps: [agents, rows, columns], each agent's share of visits; walls: [rows, columns], bool.
    """
    figure = plt.figure(figsize=(7.2, 4.6))
    grid = figure.add_gridspec(2, 1, height_ratios=(1.25, 1))
    upper, lower = (figure.add_subfigure(grid[row]) for row in range(2))
    for axes, (measure, label) in zip(upper.subplots(1, len(MEASURES)), MEASURES.items(), strict=True):
        _curves(axes, summary[summary["measure"] == measure])
        axes.set(title=label, xlabel="agents m", xticks=sorted(summary["agents"].unique()))
    upper.axes[0].set_ylabel("share of log(free cells)")
    upper.legend(*upper.axes[0].get_legend_handles_labels(), loc="upper center", ncols=3)
    upper.subplots_adjust(left=0.09, right=0.98, top=0.72, bottom=0.2, wspace=0.28)
    for axes, (method, shares) in zip(np.atleast_1d(lower.subplots(1, len(maps))), maps.items(), strict=True):
        _territories(axes, shares, walls, f"{method}, {len(shares)} agents")
    lower.subplots_adjust(left=0.03, right=0.97, top=0.85, bottom=0.15)
    figure.text(0.5, 0.005, wrapped(note, figure), ha="center", va="bottom", fontsize=NOTE_SIZE, color="0.35")
    return figure


def _curves(axes: Axes, summary: pd.DataFrame) -> None:
    for method, colour in METHODS.items():
        for arm in ("parallel", "single"):
            curve = summary[(summary["method"] == method) & (summary["arm"] == arm)].sort_values("agents")
            if len(curve):
                band(axes, curve["agents"], curve, colour, f"{method}, {arm}")
                axes.lines[-1].set(linestyle="-" if arm == "parallel" else "--", marker="o", markersize=3)


def _territories(axes: Axes, shares: np.ndarray, walls: np.ndarray, title: str) -> None:
    """Colour each cell by the agents that visit it, in proportion, and the paler the less it is visited."""
    palette = np.array([to_rgb(_AGENTS[agent % len(_AGENTS)]) for agent in range(len(shares))])
    total = shares.sum(0)
    mixed = np.einsum("arc,ak->rck", shares, palette) / np.maximum(total, 1e-12)[..., None]
    strength = (total / total.max())[..., None] ** 0.4
    picture = np.where(walls[..., None], 0.25, 1 + strength * (mixed - 1))
    axes.imshow(picture, interpolation="nearest")
    axes.set_title(title)
    axes.set_axis_off()
