"""What all figures share: colours, sizes, how seaborn draws curves and their intervals, and heat maps of visits."""

import textwrap
from collections.abc import Callable, Collection, Mapping
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure, SubFigure

from kmyriad.diversity import visitation_map
from kmyriad.figures.heads import heads_label
from kmyriad.statistics.intervals import mean_interval

# Okabe and Ito's colour-blind safe palette; a number of heads has one colour in every figure.
_PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
_FIRST = (1, 10, 50)
Extent = tuple[float, float, float, float]
"""x low, x high, y low, y high, in metres."""

NOTE_SIZE = 6.5
"""Points of the line below a figure."""
_LETTERS = 21  # of that size to the inch
_ENTRY = 1.4  # inches that an entry of a legend takes

STYLE: dict[str, object] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.5,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "pdf.fonttype": 42,
    "figure.dpi": 100,
    "savefig.dpi": 200,
}
"""What is not as in seaborn's theme for papers."""


def use_style() -> None:
    """Select the file-writing backend and the project's style."""
    matplotlib.use("agg")
    # matplotlib's own font, so that a figure is the same wherever it is drawn.
    sns.set_theme("paper", "ticks", font="DejaVu Sans", font_scale=0.83, rc=STYLE)


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


def heat_map(axes: Axes, cells: pd.DataFrame, extent: Extent, bins: int, top: float) -> QuadMesh:
    """Draw `cells` (see `visited_cells`) on `bins` x `bins` cells, in colours from 0 to `top`."""
    sides = {"column": extent[:2], "row": extent[2:]}
    cells = pd.concat(
        [pd.DataFrame({"row": [0], "column": [0], "log_visits": [0.0]}), cells]
    )  # there is a map without visits, too
    x, y = (low + (cells[name] + 0.5) * (high - low) / bins for name, (low, high) in sides.items())
    look: dict[str, Any] = dict(vmin=0, vmax=top, thresh=None, cmap="magma", rasterized=True)
    sns.histplot(x=x, y=y, weights=cells["log_visits"], bins=bins, binrange=[*sides.values()], ax=axes, **look)
    axes.set(aspect="equal", xlabel="", ylabel="")
    axes.grid(visible=False)
    return next(mesh for mesh in axes.collections if isinstance(mesh, QuadMesh))


def drawn_interval(sample: pd.Series) -> tuple[float, float]:
    """Return the bounds that are drawn around the mean of `sample` [n]: Student's interval, or two numbers themselves.

    With one degree of freedom Student's interval is 12.7 times as wide as they are apart: it would hide everything else.
    """
    if len(sample) == 2:
        return sample.min(), sample.max()
    _, low, high = mean_interval(sample.to_numpy())
    return low, high


def look_of(palette: Mapping[str, Any], dashed: Collection[str] = ()) -> dict[str, Any]:
    """Return how seaborn draws lines: one for each value of the column `curve` that `palette` has a colour for, in that order.

    The lines are means with `drawn_interval` as a band; those in `dashed` are not solid.
    """
    order = list(palette)
    dashes = {curve: (4, 1.5) if curve in dashed else "" for curve in order}
    lines = dict(hue="curve", hue_order=order, palette=dict(palette), style="curve", style_order=order, dashes=dashes)
    return lines | dict(errorbar=drawn_interval, err_kws={"linewidth": 0})


def panels(rows: pd.DataFrame, environments: list[str], y_labels: dict[str, str], look: dict, **share: object) -> sns.FacetGrid:
    """Return curves against `epoch`: a column of panels for each of `environments`, a row for each quantity (key) of `y_labels`.

    `rows` has the columns environment, quantity, curve, epoch and value; `look` is what `look_of` returns, `share` are sharex
    and sharey. Of one quantity, four environments stand side by side and further ones below them.
    """
    many = len(y_labels) > 1
    facets: dict[str, Any] = dict(row="quantity", row_order=list(y_labels)) if many else dict(col_wrap=min(4, len(environments)))
    facets |= dict(col="environment", col_order=environments, height=2.1, aspect=1.05 if len(environments) > 1 else 2)
    options = dict(margin_titles=many, legend_out=False, sharex=False, sharey=False) | share
    grid = sns.relplot(rows, kind="line", x="epoch", y="value", facet_kws=options, **facets, **look)
    grid.figure.set_figheight(grid.figure.get_figheight() + 0.6)  # for the legend and the note
    grid.set_ylabels(next(iter(y_labels.values())))
    name_panels(grid, panel_title, list(y_labels.values()))
    return grid


def name_panels(grid: sns.FacetGrid, title: Callable[[str], str], y_labels: list[str]) -> None:
    """Give the columns of `grid` what `title` makes of their names as titles, and its rows `y_labels`."""
    grid.set_titles(col_template="{col_name}", row_template="")
    for axes in grid.axes.flat:
        axes.set_title(title(axes.get_title()))
    for axes, label in zip(np.atleast_2d(grid.axes)[:, 0], y_labels, strict=True):
        axes.set_ylabel(label)


def show_means(axes: Axes) -> None:
    """Fit the y axis to the lines, which are means; intervals may leave it, as those of few seeds do, which are huge."""
    values = np.concatenate([[], *(line.get_ydata() for line in axes.get_lines())])
    if len(values):
        margin = 0.3 * np.ptp(values) or 0.1
        bottom, top = axes.get_ylim()
        axes.set_ylim(max(bottom, values.min() - margin), min(top, values.max() + margin))


def finish(figure: Figure, note: str, columns: int | None = None) -> None:
    """Put one legend of all panels, of `columns` columns or as many as fit, above them and `note` below."""
    figure.set_layout_engine("constrained")
    legend_above(figure, columns or int(figure.get_figwidth() / _ENTRY))
    write_below(figure, note)


def write_below(figure: Figure, note: str) -> None:
    """Write `note` below the panels of `figure`, whose layout is constrained."""
    figure.supxlabel(wrapped(note, figure), fontsize=NOTE_SIZE, color="0.35")


def legend_above(figure: Figure | SubFigure, columns: int) -> None:
    """Put one legend of at most `columns` columns above the panels of `figure`, instead of each panel's own."""
    entries = {label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    for legend in filter(None, [axes.get_legend() for axes in figure.axes]):
        legend.remove()
    figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=min(len(entries), columns))
