"""Figure `side_by_side_curves`: what N agents see together, against environment steps and against seconds of training."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from kmyriad.figures.draw import finish, look_of, name_panels, show_means
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import read_tables
from kmyriad.papers.side_by_side.runs import DASHED, ENTRY, TRAINED, palette, titled
from kmyriad.settings.side_by_side import METHODS, SideFigureJob
from kmyriad.statistics.intervals import mean_intervals

ABSCISSAE = {"env_steps": "environment steps / 1000", "seconds": "seconds of training"}
"""Column and label of each row of panels."""

BELOW = 1.0
"""Nats below the best untrained noise that a panel shows."""


def against(rows: pd.DataFrame) -> pd.DataFrame:
    """Return env_steps, seconds (of training so far, the mean over seeds) and entropy of each measurement of each run.

    `rows` has the columns place, method, seed, epoch, env_steps, seconds_training and entropy. Untrained policies, whose
    measurements are one noise after the other, are a level line through the last: the best noise, as long as the longest curve.
    """
    rows = rows.sort_values("epoch")
    rows = rows.assign(seconds=rows.groupby(["place", "method", "seed"])["seconds_training"].cumsum())
    rows = rows.assign(seconds=rows.groupby(["place", "method", "epoch"])["seconds"].transform("mean"))
    idle = rows["method"] == "untrained"
    last = rows[idle].groupby(["place", "seed"])["entropy"].transform("last")
    ends = rows[~idle].groupby("place")[list(ABSCISSAE)].max()
    level = rows[idle].assign(entropy=last)
    share = level.groupby(["place", "seed"])["epoch"].transform(lambda epoch: epoch / max(1, epoch.max()))
    level = level.assign(**{name: share * level["place"].map(ends[name]) for name in ABSCISSAE})
    return pd.concat([level, rows[~idle]], ignore_index=True)[["place", "method", "seed", "epoch", *ABSCISSAE, "entropy"]]


def lowest(table: pd.DataFrame, task: str) -> float:
    """Return the lower end of a panel: `BELOW` under the best noise, if that was measured; what sees less is below the frame."""
    level = table[(table["place"] == task) & (table["method"] == "untrained")]["entropy"]
    return float("-inf") if level.empty else level.mean() - BELOW


def draw(table: pd.DataFrame, tasks: list[str], methods: tuple[str, ...], note: str) -> Figure:
    """Return the figure of `table` (see `against`): a column of panels a task, a row an abscissa."""
    parts = [
        table.assign(x=table[name] / (1000 if name == "env_steps" else 1), against=label) for name, label in ABSCISSAE.items()
    ]
    rows = pd.concat(parts, ignore_index=True).assign(curve=lambda each: titled(each["method"]))
    look = look_of(palette(methods), [METHODS[method].title for method in DASHED])
    facets = dict(row="against", row_order=list(ABSCISSAE.values()), col="place", col_order=tasks, height=2.4, aspect=1.0)
    options = dict(margin_titles=True, legend_out=False, sharex=False, sharey="col")
    grid = sns.relplot(rows, kind="line", x="x", y="entropy", linewidth=1, facet_kws=options, **facets, **look)
    name_panels(grid, str, ["entropy of all agents (nats)"] * len(ABSCISSAE))
    for axes, label in zip(grid.axes, ABSCISSAE.values(), strict=True):
        for panel, task in zip(axes, tasks, strict=True):
            panel.set_xlabel(label)
            show_means(panel)
            panel.set_ylim(bottom=max(panel.get_ylim()[0], lowest(table, task)))
    grid.figure.set_figheight(grid.figure.get_figheight() + 1.2)  # for the legend and the note
    finish(grid.figure, note, columns=int(grid.figure.get_figwidth() / ENTRY))
    return grid.figure


def side_by_side_curves(job: SideFigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the metrics of all runs in `files`."""
    table = against(read_tables(files, TRAINED))
    by = ["place", "method", "epoch"]
    means = table.groupby(by)[list(ABSCISSAE)].mean().reset_index()
    return draw(table, list(job.tasks), job.methods, job.note), means.merge(mean_intervals(table, by, "entropy"), on=by)


main = drawing_stage(side_by_side_curves, "metrics.csv of every run", SideFigureJob)

if __name__ == "__main__":
    main()
