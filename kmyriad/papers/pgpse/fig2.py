"""Rule `pgpse_fig2`: entropy of the data sets that parallel agents, the single one and a random policy bring home."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.pgpse import bars
from kmyriad.papers.pgpse.runs import read_rows, worlds_of
from kmyriad.settings.gridworld import GridworldFigureJob


def pgpse_fig2(job: GridworldFigureJob, datasets: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the entropies of the data sets in the files `datasets`."""
    rows = read_rows(job, datasets)
    return bars.draw_entropy(rows, list(worlds_of(job)), job.note), bars.summarise_entropy(rows)


main = drawing_stage(pgpse_fig2, "datasets.csv of every world", GridworldFigureJob)

if __name__ == "__main__":
    main()
