"""Rules `ce_fig7` to `ce_fig9` and `ce_fig11`: returns against environment steps of the arms that a figure compares."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import ce_curves as curves
from kmyriad.settings.collaborative_study import CollaborativeFigureJob
from kmyriad.stages.collaborative_runs import read_runs
from kmyriad.stages.pictures import drawing_stage


def ce_curves(job: CollaborativeFigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the learning curves of the trainings whose metrics are in the files `metrics`."""
    summary = curves.summarise(read_runs(job, metrics))
    return curves.draw(summary, list(job.tasks), list(job.arms), job.note), summary


main = drawing_stage(ce_curves, "metrics.csv of every training that is drawn", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
