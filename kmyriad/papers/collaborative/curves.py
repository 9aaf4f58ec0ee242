"""Returns against environment steps by arm: the layout of Figs. 7, 8 and 11 of Collaborative Exploration."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import finish, look_of, panels, show_means
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.collaborative.arms import arm_colours, arm_label
from kmyriad.papers.collaborative.runs import read_runs
from kmyriad.settings.collaborative.study import CollaborativeFigureJob
from kmyriad.statistics.intervals import mean_intervals

THOUSAND = 1000


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: mean, n, low and high over seeds of `score` by task, arm and env_steps.

    `metrics` has those columns and seed; `score` is the mean of the last evaluations, at most 10 (D.1's smoothing).
    """
    return mean_intervals(metrics, ["task", "arm", "env_steps"], "score")


def draw(metrics: pd.DataFrame, tasks: list[str], arms: list[str], note: str) -> Figure:
    """Return the figure of `metrics` (see `summarise`), a panel for each of `tasks`; an arm without runs there has no curve."""
    rows = metrics.rename(columns={"task": "environment", "score": "value"})
    rows = rows.assign(epoch=metrics["env_steps"] / THOUSAND, curve=metrics["arm"].map(arm_label))
    look = look_of({arm_label(arm): colour for arm, colour in arm_colours(arms).items()})
    grid = panels(rows, tasks, {"score": "return, smoothed"}, look)
    grid.set_xlabels("thousand environment steps")
    for axes in grid.axes.flat:
        show_means(axes)
    finish(grid.figure, note)
    return grid.figure


def ce_curves(job: CollaborativeFigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the learning curves of the trainings whose metrics are in the files `metrics`."""
    runs = read_runs(job, metrics)
    return draw(runs, list(job.tasks), list(job.arms), job.note), summarise(runs)


main = drawing_stage(ce_curves, "metrics.csv of every training that is drawn", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
