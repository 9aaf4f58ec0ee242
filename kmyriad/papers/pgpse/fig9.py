"""Rule `pgpse_fig9`: which goals offline Q-learning reaches, by who brought the data."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.pgpse import maps
from kmyriad.papers.pgpse.runs import read_rows, worlds_of
from kmyriad.settings.gridworld import GridworldFigureJob


def pgpse_fig9(job: GridworldFigureJob, success: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the success within the horizon + 1 steps in the files `success`, the mean over seeds, on the goals' places."""
    means = read_rows(job, success).groupby(["world", "source", "goal"])["success_horizon"].mean()
    summary = means.rename("success").reset_index()
    return maps.draw_reached(summary, worlds_of(job), job.note), summary


main = drawing_stage(pgpse_fig9, "success.csv of every world that is drawn", GridworldFigureJob)

if __name__ == "__main__":
    main()
