"""Fig. 5: collective state entropy against policy updates, one panel an environment, one curve a number of heads."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import Curves, colours, heads_label, mean_interval, panels


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: entropy (nats) by environment, heads and epoch as mean, low, high over n seeds."""
    return mean_interval(metrics, ["environment", "heads", "epoch"], "entropy")


def draw(summary: pd.DataFrame, environments: list[str], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`), panels in the order of `environments`, `note` below them."""
    heads = sorted(summary["heads"].unique())
    labels = {number: heads_label(number) for number in heads}
    curves = Curves("heads", colours(heads), labels, "policy updates", "state entropy (nats)")
    return panels(summary, environments, curves, note)
