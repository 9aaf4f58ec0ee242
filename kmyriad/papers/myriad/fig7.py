"""Fig. 7: success of PPO against updates, one panel an environment, one curve a way to start."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import finish, init_colours, init_label, look_of, panels
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import FINETUNED, read_tables
from kmyriad.settings import FigureJob
from kmyriad.statistics.intervals import mean_intervals


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: success by environment, init and epoch as mean, low, high over n goals x seeds.

    `metrics` has the columns environment, init, epoch and success, a row a run and epoch.
    """
    return mean_intervals(metrics, ["environment", "init", "epoch"], "success")


def draw(metrics: pd.DataFrame, environments: list[str], note: str) -> Figure:
    """Return the figure of `metrics` (see `summarise`), panels in the order of `environments`, `note` below them."""
    inits = sorted(metrics["init"].unique(), key=lambda init: (init != "random", len(init), init))
    look = look_of({init_label(init): colour for init, colour in init_colours(inits).items()})
    rows = metrics.assign(curve=metrics["init"].map(init_label)).rename(columns={"success": "value"})
    grid = panels(rows, environments, {"success": "success rate"}, look)
    grid.set_xlabels("PPO updates")
    top = min(1.02, 1.1 * max(0.2, *(axes.dataLim.y1 for axes in grid.axes.flat)))
    grid.set(ylim=(-0.02 * top, top))
    finish(grid.figure, note)
    return grid.figure


def fig7(job: FigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the success curves of the fine-tuning runs whose metrics are in the files `metrics`."""
    table = read_tables(metrics, FINETUNED)
    return draw(table, list(job.environments), job.note), summarise(table)


main = drawing_stage(fig7, "metrics.csv of every fine-tuning run")

if __name__ == "__main__":
    main()
