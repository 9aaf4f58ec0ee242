"""Rule `ce_fig3`: interquartile mean over tasks and seeds against environment steps."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import ce_iqm
from kmyriad.settings.collaborative_study import CollaborativeFigureJob
from kmyriad.stages.collaborative_runs import read_runs
from kmyriad.stages.pictures import drawing_stage


def ce_fig3(job: CollaborativeFigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the IQM over tasks of the arms in the files `metrics` that were trained on all of them."""
    runs = read_runs(job, metrics)
    arms, _ = ce_iqm.comparable(runs, list(job.arms))
    summary = ce_iqm.summarise(runs, arms, job.resamples)
    return ce_iqm.draw(summary, arms, job.note), summary


main = drawing_stage(ce_fig3, "metrics.csv of every training that is drawn", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
