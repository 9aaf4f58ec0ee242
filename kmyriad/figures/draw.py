"""What all figures share: colours, sizes, mean curves with intervals, and heat maps of visits."""

import textwrap
from dataclasses import dataclass, field
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from scipy.stats import t as student

from kmyriad.diversity import visitation_map

# Okabe and Ito's colour-blind safe palette; a number of heads has one colour in every figure.
_PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
_FIRST = (1, 10, 50)
Extent = tuple[float, float, float, float]
"""x low, x high, y low, y high, in metres."""

NOTE_SIZE = 6.5
"""Points of the line below a figure."""
_LETTERS = 21  # of that size to the inch
_ENTRY = 1.4  # inches that an entry of a legend takes

STYLE: dict[Any, object] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "figure.dpi": 100,
    "savefig.dpi": 200,
}


def use_style() -> None:
    """Select the file-writing backend and the project's style."""
    matplotlib.use("agg")
    matplotlib.rcParams.update(STYLE)


def colours(heads: list[int]) -> dict[int, str]:
    """Return a colour for each number of heads; 1, 10 and 50 keep theirs whatever else is drawn."""
    others = sorted(set(heads) - set(_FIRST))
    order = [*_FIRST, *others]
    return {number: _PALETTE[order.index(number) % len(_PALETTE)] for number in heads}


def init_colours(inits: list[str]) -> dict[str, str]:
    """Return a colour for each way to start: headsN has that of N heads, random is grey."""
    heads = colours([int(init.removeprefix("heads")) for init in inits if init != "random"])
    return {init: "0.4" if init == "random" else heads[int(init.removeprefix("heads"))] for init in inits}


def init_label(init: str) -> str:
    """Return "random", "best of 1 head", "best of 50 heads"."""
    return init if init == "random" else f"best of {heads_label(int(init.removeprefix('heads')))}"


def heads_label(number: int) -> str:
    """Return "1 head", "10 heads"."""
    return "1 head" if number == 1 else f"{number} heads"


def wrapped(note: str, figure: Figure) -> str:
    """Return `note` in lines that fit below `figure` at NOTE_SIZE."""
    return textwrap.fill(note, int(_LETTERS * figure.get_figwidth()))


def panel_title(label: str) -> str:
    """Return how figures call an environment: "Maze" for ant-maze and ant-maze@epochs1000, others as they are."""
    label = label.partition("@")[0]
    return label.removeprefix("ant-").capitalize() if label.startswith("ant-") else label


def visited_cells(xy: np.ndarray, extent: Extent, bins: int) -> pd.DataFrame:
    """Return row (along y), column (along x) and log_visits, log(1 + visits) by the points `xy` [N, 2], of non-empty cells."""
    rows, columns = np.nonzero(counts := visitation_map(xy, extent, bins))
    return pd.DataFrame({"row": rows, "column": columns, "log_visits": counts[rows, columns]})


def heat_map(axes: Axes, cells: pd.DataFrame, extent: Extent, bins: int, top: float) -> AxesImage:
    """Draw `cells` (see `visited_cells`) on `bins` x `bins` cells, in colours from 0 to `top`."""
    counts = np.zeros((bins, bins))
    counts[cells["row"], cells["column"]] = cells["log_visits"]
    axes.grid(visible=False)
    return axes.imshow(counts, origin="lower", extent=extent, vmin=0, vmax=top, cmap="magma", interpolation="nearest")


def band(axes: Axes, x: pd.Series, summary: pd.DataFrame, colour: str, label: str, style: str = "-", value: str = "") -> None:
    """Draw the mean of `summary` against `x` as a line and `drawn_interval` as a band; `value` goes before columns' names."""
    axes.plot(x, summary[f"{value}mean"], color=colour, label=label, linewidth=1.4, linestyle=style)
    axes.fill_between(x, *drawn_interval(summary, value), color=colour, alpha=0.2, linewidth=0)


def drawn_interval(summary: pd.DataFrame, value: str = "") -> tuple[pd.Series, pd.Series]:
    """Return the bounds that are drawn: low and high, or where n = 2 the two numbers themselves.

    With one degree of freedom Student's interval is 12.7 times as wide as they are apart: it would hide everything else.
    """
    mean = summary[f"{value}mean"]
    width = np.where(summary["n"] == 2, float(student.ppf(0.975, 1)), 1.0) if "n" in summary else 1.0
    return mean - (mean - summary[f"{value}low"]) / width, mean + (summary[f"{value}high"] - mean) / width


def show_means(axes: Axes, summary: pd.DataFrame, value: str = "") -> None:
    """Fit the y axis to the means of `summary`; intervals may leave it, as those of two seeds do, which are huge."""
    low, high = summary[f"{value}mean"].min(), summary[f"{value}mean"].max()
    margin = 0.3 * (high - low) or 0.1
    bottom, top = axes.get_ylim()
    axes.set_ylim(max(bottom, low - margin), min(top, high + margin))


@dataclass(frozen=True)
class Curves:
    """What a figure of curves draws: one curve for each value of column `by`, with its colour and label, against epochs.

    y_labels: one row of panels for each quantity; its columns are mean, low and high with this key before them.
    styles: line styles that are not solid, by value of `by`.
    reference: a horizontal line in the panels of the first row, by environment, and what the legend calls it.
    """

    by: str
    colours: dict
    labels: dict
    x_label: str
    y_labels: dict[str, str]
    styles: dict = field(default_factory=dict)
    reference: dict[str, float] = field(default_factory=dict)
    reference_label: str = ""


def panels(summary: pd.DataFrame, environments: list[str], curves: Curves, note: str) -> Figure:
    """Return a figure with one column of panels an environment, in that order, a shared legend above and `note` below.

    Four environments stand side by side, further ones below them.
    `summary` has the columns environment, epoch, mean, low, high (see `Curves.y_labels`) and `curves.by`.
    """
    columns, quantities = min(4, len(environments)), list(curves.y_labels)
    rows = -(-len(environments) // columns) * len(quantities)
    width = 2.2 * columns + 0.4 if columns > 1 else 4.4
    figure, grid = plt.subplots(rows, columns, figsize=(width, 2.1 * rows + 0.6), squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for place, environment in enumerate(environments):
        first, column = place // columns * len(quantities), place % columns
        panel = summary[summary["environment"] == environment]
        for axes, quantity in zip(grid[first:, column], quantities, strict=False):
            _draw_panel(axes, panel, curves, quantity)
        grid[first, column].set_title(panel_title(environment))
        if environment in curves.reference:
            label = curves.reference_label
            _draw_reference(grid[first, column], curves.reference[environment], label)
        axes.set_xlabel(curves.x_label)
    for row, quantity in zip(grid[:, 0], quantities * rows, strict=False):
        row.set_ylabel(curves.y_labels[quantity])
    _finish(figure, note)
    return figure


def _draw_reference(axes: Axes, value: float, label: str) -> None:
    axes.axhline(value, color="0.3", linestyle=":", linewidth=1.2, label=label)
    bottom, top = axes.get_ylim()
    axes.set_ylim(min(bottom, value - 0.1), max(top, value + 0.1))


def _draw_panel(axes: Axes, panel: pd.DataFrame, curves: Curves, quantity: str) -> None:
    axes.set_axis_on()
    for value, label in curves.labels.items():
        curve = panel[panel[curves.by] == value]
        band(axes, curve["epoch"], curve, curves.colours[value], label, curves.styles.get(value, "-"), quantity)
    if len(panel):
        show_means(axes, panel, quantity)


def _finish(figure: Figure, note: str) -> None:
    """Put a legend of what the panels have above them and `note` below."""
    entries = {label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    labels, handles = list(entries), list(entries.values())
    columns = min(len(labels), int(figure.get_figwidth() / _ENTRY))
    figure.legend(handles, labels, loc="upper center", ncols=columns)
    above = 0.16 * -(-len(labels) // columns) / figure.get_figheight()
    below = wrapped(note, figure)
    figure.text(0.5, 0.005, below, ha="center", va="bottom", fontsize=NOTE_SIZE, color="0.35")
    figure.tight_layout(rect=(0, 0.03 + 0.02 * (below.count("\n") + 1), 1, 0.98 - above))
