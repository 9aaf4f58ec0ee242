"""Rule `ce_fig5`: where the agents go in the maze as training goes on, how much of it they cover and share."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import ce_maze
from kmyriad.settings.collaborative_study import CollaborativeFigureJob
from kmyriad.stages.collaborative_runs import read_runs
from kmyriad.stages.pictures import drawing_stage


def ce_fig5(job: CollaborativeFigureJob, visits: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the visits in the files `visits`."""
    table = read_runs(job, visits)
    summary = ce_maze.summarise(table)
    return ce_maze.draw(summary, table, list(job.arms), job.note), summary


main = drawing_stage(ce_fig5, "visits.csv of every training in the maze that is drawn", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
