"""Rule `pgpse_fig1`: entropy and support of the arms with fewest and most agents, against policy updates."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.pgpse import curves
from kmyriad.papers.pgpse.runs import read_curves, worlds_of
from kmyriad.settings.gridworld import GridworldFigureJob


def pgpse_fig1(job: GridworldFigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the curves of the grid-world trainings whose metrics are in the files `metrics`."""
    runs = read_curves(job, metrics)
    return curves.draw(runs, list(worlds_of(job)), job.note), curves.summarise(runs)


main = drawing_stage(pgpse_fig1, "metrics.csv of every training that is drawn", GridworldFigureJob)

if __name__ == "__main__":
    main()
