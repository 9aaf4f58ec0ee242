"""Rule `fig5`: entropy against updates in every environment."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import fig5 as panels
from kmyriad.settings import FigureJob
from kmyriad.stages.pictures import drawing_stage
from kmyriad.stages.runs import read_tables


def fig5(job: FigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the entropy curves of the pretraining runs whose metrics are in the files `metrics`."""
    summary = panels.summarise(read_tables(metrics))
    return panels.draw(summary, list(job.environments), job.note), summary


main = drawing_stage(fig5, "metrics.csv of every pretraining run")

if __name__ == "__main__":
    main()
