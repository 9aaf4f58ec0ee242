"""Rule `fig13`: heat maps of the visits, all seeds of a setting in one."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import fig13 as maps
from kmyriad.settings import FigureJob
from kmyriad.stages.pictures import drawing_stage
from kmyriad.stages.runs import run_of
from kmyriad.stages.visit import load_particles


def fig13(job: FigureJob, particles: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the visits in the files `particles`; their first two features are taken as x and y in metres."""
    parts = defaultdict(list)
    for file in particles:
        parts[run_of(file)[:2]].append(load_particles(Path(file))[0][..., :2].flatten(0, 1).numpy())
    visits = {setting: np.concatenate(points) for setting, points in parts.items()}
    summary = maps.summarise(visits, job.extent)
    return maps.draw(summary, list(job.environments), job.extent, job.note), summary


main = drawing_stage(fig13, "what the stage visit wrote, for every run")

if __name__ == "__main__":
    main()
