"""Fig. 6: collective state entropy against policy updates, one curve a number of trajectories an update."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import Curves, mean_interval, panels


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: entropy (nats) by environment, envs and epoch as mean, low, high over n seeds."""
    return mean_interval(metrics, ["environment", "envs", "epoch"], "entropy")


def draw(summary: pd.DataFrame, environments: list[str], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`): the lighter a curve, the fewer trajectories."""
    budgets = sorted(summary["envs"].unique())
    shades = plt.get_cmap("viridis_r")
    colours = {envs: shades((rank + 0.5) / len(budgets)) for rank, envs in enumerate(budgets)}
    labels = {envs: f"{envs} trajectories" for envs in budgets}
    curves = Curves("envs", colours, labels, "policy updates", "state entropy (nats)")
    return panels(summary, environments, curves, note)
