"""Fig. 7: success of PPO against updates, one panel an environment, one curve a way to start."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import Curves, drawn_interval, init_colours, init_label, mean_interval, panels


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: success by environment, init and epoch as mean, low, high over n goals x seeds."""
    return mean_interval(metrics, ["environment", "init", "epoch"], "success")


def draw(summary: pd.DataFrame, environments: list[str], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`), panels in the order of `environments`, `note` below them."""
    inits = sorted(summary["init"].unique(), key=lambda init: (init != "random", len(init), init))
    labels = {init: init_label(init) for init in inits}
    figure = panels(summary, environments, Curves("init", init_colours(inits), labels, "PPO updates", {"": "success rate"}), note)
    top = min(1.02, 1.1 * max(0.2, drawn_interval(summary)[1].max(), summary["mean"].max()))
    for axes in figure.axes:
        axes.set_ylim(-0.02 * top, top)
    return figure
