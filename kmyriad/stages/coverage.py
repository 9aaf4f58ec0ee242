"""Rule `coverage`: trained policies beside untrained noise."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import coverage as panels
from kmyriad.settings import CoverageFigureJob
from kmyriad.stages.coverage_runs import read_trained, read_untrained
from kmyriad.stages.pictures import drawing_stage


def coverage(job: CoverageFigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the tables of coverage_trained and coverage_untrained in `files`."""
    summary = panels.summarise(read_trained(files, job.update), read_untrained(files))
    return panels.draw(summary, list(job.environments), job.note), summary


main = drawing_stage(coverage, "coverage.csv of trained and of untrained policies", CoverageFigureJob)

if __name__ == "__main__":
    main()
