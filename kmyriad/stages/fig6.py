"""Rule `fig6`: entropy against updates, one curve a number of trajectories."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import fig6 as curves
from kmyriad.settings import FigureJob
from kmyriad.stages.pictures import drawing_stage
from kmyriad.stages.runs import budget_of, read_tables


def fig6(job: FigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the entropy curves of runs that differ in their number of environments; `metrics` are their files."""
    summary = curves.summarise(read_tables(metrics, budget_of))
    return curves.draw(summary, list(job.environments), job.note), summary


main = drawing_stage(fig6, "metrics.csv of every run, in folders <environment>@envs<n>/heads<h>/seed<s>")

if __name__ == "__main__":
    main()
