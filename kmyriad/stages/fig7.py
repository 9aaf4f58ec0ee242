"""Rule `fig7`: success of PPO against updates."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import fig7 as panels
from kmyriad.settings import FigureJob
from kmyriad.stages.pictures import drawing_stage
from kmyriad.stages.runs import finetune_run_of, read_tables


def fig7(job: FigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the success curves of the fine-tuning runs whose metrics are in the files `metrics`."""
    summary = panels.summarise(read_tables(metrics, finetune_run_of))
    return panels.draw(summary, list(job.environments), job.note), summary


main = drawing_stage(fig7, "metrics.csv of every fine-tuning run")

if __name__ == "__main__":
    main()
