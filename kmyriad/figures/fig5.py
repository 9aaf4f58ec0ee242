"""Fig. 5: collective state entropy against policy updates, one panel an environment, one curve a number of heads."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import band, colours, heads_label, mean_interval


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: entropy (nats) by environment, heads and epoch as mean, low, high over n seeds."""
    return mean_interval(metrics, ["environment", "heads", "epoch"], "entropy")


def draw(summary: pd.DataFrame, environments: list[str], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`), panels in the order of `environments`, `note` below them."""
    heads = sorted(summary["heads"].unique())
    colour = colours(heads)
    columns = min(4, len(environments))
    rows = -(-len(environments) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(2.2 * columns + 0.4, 2.1 * rows + 0.6), squeeze=False)
    for axes, environment in zip(grid.flat, environments, strict=False):
        panel = summary[summary["environment"] == environment]
        for number in heads:
            curve = panel[panel["heads"] == number]
            band(axes, curve["epoch"], curve, colour[number], heads_label(number))
        axes.set_title(environment.removeprefix("ant-").capitalize())
        axes.set_xlabel("policy updates")
    for axes in grid.flat[len(environments) :]:
        axes.set_axis_off()
    grid[0, 0].set_ylabel("state entropy of x, y (nats)")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=len(labels))
    figure.text(0.5, 0.005, note, ha="center", va="bottom", fontsize=6.5, color="0.35")
    figure.tight_layout(rect=(0, 0.05, 1, 0.92))
    return figure
