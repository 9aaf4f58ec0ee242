"""What all figures share: colours, sizes, and mean curves with intervals."""

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import t as student

# Okabe and Ito's colour-blind safe palette; a number of heads has one colour in every figure.
_PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
_FIRST = (1, 10, 50)

STYLE = {
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


def heads_label(number: int) -> str:
    """Return "1 head", "10 heads"."""
    return "1 head" if number == 1 else f"{number} heads"


def mean_interval(data: pd.DataFrame, by: list[str], value: str, confidence: float = 0.95) -> pd.DataFrame:
    """Return mean, low, high and n of column `value` in each group of `by`.

    low and high bound the Student t interval of the mean at `confidence` (n - 1 degrees of freedom); with n = 1 there is
    no interval and both are missing (NaN).
    """
    summary = data.groupby(by, sort=True)[value].agg(mean="mean", sd="std", n="size").reset_index()
    half = student.ppf(0.5 + confidence / 2, summary["n"] - 1) * summary["sd"] / summary["n"] ** 0.5
    return summary.assign(low=summary["mean"] - half, high=summary["mean"] + half).drop(columns="sd")


def band(axes: Axes, x: pd.Series, summary: pd.DataFrame, colour: str, label: str) -> None:
    """Draw the mean of `summary` against `x` as a line and its interval as a band."""
    axes.plot(x, summary["mean"], color=colour, label=label, linewidth=1.4)
    axes.fill_between(x, summary["low"], summary["high"], color=colour, alpha=0.2, linewidth=0)
