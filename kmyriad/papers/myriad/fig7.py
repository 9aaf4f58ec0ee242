"""Fig. 7: success of PPO against updates, one panel an environment, one curve a way to start."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import Curves, drawn_interval, init_colours, init_label, panels
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import FINETUNED, read_tables
from kmyriad.settings import FigureJob
from kmyriad.statistics.intervals import mean_intervals


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: success by environment, init and epoch as mean, low, high over n goals x seeds."""
    return mean_intervals(metrics, ["environment", "init", "epoch"], "success")


def draw(summary: pd.DataFrame, environments: list[str], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`), panels in the order of `environments`, `note` below them."""
    inits = sorted(summary["init"].unique(), key=lambda init: (init != "random", len(init), init))
    labels = {init: init_label(init) for init in inits}
    figure = panels(summary, environments, Curves("init", init_colours(inits), labels, "PPO updates", {"": "success rate"}), note)
    top = min(1.02, 1.1 * max(0.2, drawn_interval(summary)[1].max(), summary["mean"].max()))
    for axes in figure.axes:
        axes.set_ylim(-0.02 * top, top)
    return figure


def fig7(job: FigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the success curves of the fine-tuning runs whose metrics are in the files `metrics`."""
    summary = summarise(read_tables(metrics, FINETUNED))
    return draw(summary, list(job.environments), job.note), summary


main = drawing_stage(fig7, "metrics.csv of every fine-tuning run")

if __name__ == "__main__":
    main()
