"""Rule `fig5`: entropy and noise against epochs in every environment."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import fig5 as panels
from kmyriad.settings import FigureJob
from kmyriad.stages.coverage_runs import best_untrained, of_stage, read_untrained
from kmyriad.stages.pictures import drawing_stage
from kmyriad.stages.runs import read_tables


def fig5(job: FigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the pretraining runs whose metrics are among `files`, and what untrained noise reaches by the tables among them."""
    summary = panels.summarise(read_tables(of_stage(files, "pretrain")))
    untrained = best_untrained(read_untrained(files))
    drawn = summary.assign(untrained=summary["environment"].map(untrained)) if untrained else summary
    return panels.draw(summary, list(job.environments), job.note, untrained), drawn


main = drawing_stage(fig5, "metrics.csv of every pretraining run; coverage.csv of untrained policies")

if __name__ == "__main__":
    main()
