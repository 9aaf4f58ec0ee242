"""Figure `sweep`: state entropy at the end of training over a grid of settings, a column for each value of all but the first."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from kmyriad.figures.draw import drawn_interval, write_below
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import read_tables
from kmyriad.settings import FigureJob
from kmyriad.settings.sweep import point_of
from kmyriad.statistics.intervals import mean_intervals

LAST = 0.1
"""The part of a run's epochs, at its end, whose mean is drawn."""


def finals(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return a row a run: environment (a label of the sweep), heads, seed, and the mean entropy (nats) of the last epochs."""
    run = ["environment", "heads", "seed"]
    epochs = metrics.groupby(run)["epoch"]
    late = metrics[metrics["epoch"] > epochs.transform("max") - (LAST * epochs.transform("size")).clip(lower=1)]
    return late.groupby(run, as_index=False)["entropy"].mean()


def with_settings(finals: pd.DataFrame) -> pd.DataFrame:
    """Return the table with two more columns, both text: `value` of the first setting, and `others`, e.g. "envs=40"."""
    points = [list(point_of(label).items()) for label in finals["environment"]]
    others = [", ".join(f"{name}={value}" for name, value in point[1:]) for point in points]
    return finals.assign(value=[point[0][1] for point in points], others=others)


def draw(table: pd.DataFrame, labels: list[str], note: str) -> Figure:
    """Return the figure of `with_settings`; values and columns are in the order of `labels`, `note` is below."""
    order = with_settings(pd.DataFrame({"environment": labels}))
    name = next(iter(point_of(labels[0])))
    dodge = 0.3 if table["heads"].nunique() > 1 else False
    points: dict[str, Any] = dict(kind="point", x="value", y="entropy", hue="heads", linestyle="none", dodge=dodge, capsize=0.1)
    facets: dict[str, Any] = dict(col="others", col_order=list(order["others"].unique()), col_wrap=4, height=2.6, aspect=1.0)
    grid = sns.catplot(
        table, order=list(order["value"].unique()), palette="colorblind", errorbar=drawn_interval, **points, **facets
    )
    grid.set_titles("{col_name}").set_axis_labels(name, "state entropy (nats)")
    grid.figure.set_layout_engine("constrained")
    write_below(grid.figure, note)
    return grid.figure


def sweep(job: FigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the runs whose metrics are in `files`; the numbers are mean, low, high over n seeds."""
    table = with_settings(finals(read_tables(files)))
    numbers = mean_intervals(table, ["environment", "value", "others", "heads"], "entropy")
    return draw(table, list(job.environments), job.note), numbers


main = drawing_stage(sweep, "metrics.csv of every run of the sweep")

if __name__ == "__main__":
    main()
