"""Rule `pgpse_fig3`: success of offline Q-learning over the goals, by who brought the data."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.pgpse import bars
from kmyriad.papers.pgpse.runs import read_rows, worlds_of
from kmyriad.settings.gridworld import GridworldFigureJob


def pgpse_fig3(job: GridworldFigureJob, success: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the success rates in the files `success`, each source's goals in order of success."""
    summary = bars.summarise_success(read_rows(job, success))
    return bars.draw_success(summary, list(worlds_of(job)), list(job.agents), job.note), summary


main = drawing_stage(pgpse_fig3, "success.csv of every world", GridworldFigureJob)

if __name__ == "__main__":
    main()
