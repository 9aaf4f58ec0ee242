"""Rule `fig6`: runs that differ in their number of trajectories."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import fig6 as curves
from kmyriad.settings import FigureJob
from kmyriad.stages.coverage_runs import TRAINED, of_stage
from kmyriad.stages.pictures import drawing_stage
from kmyriad.stages.runs import budget_of, read_tables


def fig6(job: FigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the metrics among `files` and the coverage of the final policies."""
    coverage = read_tables(of_stage(files, TRAINED), budget_of)
    summary = curves.summarise(read_tables(of_stage(files, "pretrain"), budget_of), coverage)
    trajectories = int(coverage.loc[coverage["acting"] == "sampled", "trajectories"].max())
    return curves.draw(summary, list(job.environments), trajectories, job.note), summary


main = drawing_stage(fig6, "metrics.csv and coverage.csv of every run, in folders <environment>@envs<n>/heads<h>/seed<s>")

if __name__ == "__main__":
    main()
