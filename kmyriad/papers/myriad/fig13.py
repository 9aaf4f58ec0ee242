"""Fig. 13: where the ants went, one row an environment, one column a number of heads."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from kmyriad.figures.draw import Extent, heat_map, panel_title, visited_cells, wrapped
from kmyriad.figures.heads import heads_label
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import PRETRAINED
from kmyriad.settings import FigureJob
from kmyriad.stages.visit import load_particles

BINS = 50
"""Cells along each axis, as in the authors' heat maps."""


def summarise(visits: dict[tuple[str, int], np.ndarray], extent: Extent) -> pd.DataFrame:
    """Return the drawn numbers: log(1 + visits) by environment, heads, row (y) and column (x) of the non-empty cells."""
    tables = []
    for (environment, heads), xy in visits.items():
        cells = visited_cells(xy, extent, BINS)
        tables.append(pd.DataFrame({"environment": environment, "heads": heads, **cells}))
    return pd.concat(tables, ignore_index=True)


def draw(summary: pd.DataFrame, environments: list[str], extent: Extent, note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`); all panels share one colour scale."""
    aspect = (extent[1] - extent[0]) / (extent[3] - extent[2])
    grid = sns.FacetGrid(summary, row="environment", row_order=environments, col="heads", height=1.75, aspect=aspect)
    top = summary["log_visits"].max()
    for (environment, heads), axes in grid.axes_dict.items():
        cells = summary[(summary["environment"] == environment) & (summary["heads"] == heads)]
        image = heat_map(axes, cells, extent, BINS, top)
        axes.set_title(f"{panel_title(environment)}, {heads_label(heads)}", fontsize=8)
    grid.figure.set_layout_engine("constrained")
    grid.figure.set_figwidth(grid.figure.get_figwidth() + 1)  # for the colour bar
    grid.figure.colorbar(image, ax=grid.axes, label="log(1 + visits)", shrink=0.6)
    grid.figure.supxlabel(f"x (m)\n{wrapped(note, grid.figure)}", fontsize=7)
    grid.figure.supylabel("y (m)", fontsize=8)
    return grid.figure


def fig13(job: FigureJob, particles: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the visits in the files `particles`; their first two features are taken as x and y in metres."""
    parts = defaultdict(list)
    for file in particles:
        parts[PRETRAINED.of(file)[:2]].append(load_particles(Path(file))[0][..., :2].flatten(0, 1).numpy())
    visits = {setting: np.concatenate(points) for setting, points in parts.items()}
    summary = summarise(visits, job.extent)
    return draw(summary, list(job.environments), job.extent, job.note), summary


main = drawing_stage(fig13, "what the stage visit wrote, for every run")

if __name__ == "__main__":
    main()
