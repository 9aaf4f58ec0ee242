"""Returns against environment steps by arm: the layout of Figs. 7, 8 and 11 of Collaborative Exploration."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import Curves, panels
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


def draw(summary: pd.DataFrame, tasks: list[str], arms: list[str], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`), a panel for each of `tasks`; an arm without runs there has no curve."""
    labels = {arm: arm_label(arm) for arm in arms}
    curves = Curves("arm", arm_colours(arms), labels, "thousand environment steps", {"": "return, smoothed"})
    table = summary.rename(columns={"task": "environment"}).assign(epoch=summary["env_steps"] / THOUSAND)
    return panels(table, tasks, curves, note)


def ce_curves(job: CollaborativeFigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the learning curves of the trainings whose metrics are in the files `metrics`."""
    summary = summarise(read_runs(job, metrics))
    return draw(summary, list(job.tasks), list(job.arms), job.note), summary


main = drawing_stage(ce_curves, "metrics.csv of every training that is drawn", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
