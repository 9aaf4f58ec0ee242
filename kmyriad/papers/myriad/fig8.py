"""Fig. 8: the x, y of the ants, coloured by the head that drove them, one panel an environment."""

from pathlib import Path

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from kmyriad.figures.draw import name_panels, panel_title, write_below
from kmyriad.figures.heads import head_colours
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import PRETRAINED
from kmyriad.settings import FigureJob
from kmyriad.stages.visit import load_particles


def draw(positions: pd.DataFrame, environments: list[str], note: str) -> Figure:
    """Return the figure of `positions`, columns environment, head, x, y (metres): a point a position."""
    heads = positions["head"].nunique()
    dots = dict(s=1.5, linewidth=0, rasterized=True, palette=[tuple(colour) for colour in head_colours(heads)])
    facets = dict(col="environment", col_order=environments, col_wrap=min(4, len(environments)), height=2.4)
    free = dict(sharex=False, sharey=False)
    grid = sns.relplot(positions, x="x", y="y", hue="head", legend="full", facet_kws=free, **facets, **dots)
    grid.set_axis_labels("x (m)", "y (m)")
    name_panels(grid, panel_title, ["y (m)"])
    for axes in grid.axes.flat:
        axes.set_aspect("equal", "datalim")
    grid.figure.set_layout_engine("constrained")
    sns.move_legend(grid, "outside right center", markerscale=6, ncols=-(-heads // 10))
    write_below(grid.figure, note)
    return grid.figure


ROWS = 12
"""Steps of an episode that are drawn, evenly spaced: enough to see the paths, few enough to see the colours."""


def positions(file: str) -> pd.DataFrame:
    """Return the columns environment, head, x, y (metres) of ROWS steps of every trajectory in `file`."""
    particles, heads = load_particles(Path(file))
    steps = particles[:: max(1, len(particles) // ROWS)]
    owner = [head for head in range(heads) for _ in range(particles.shape[1] // heads)] * len(steps)
    x, y = steps[..., :2].flatten(0, 1).unbind(1)
    return pd.DataFrame({"environment": PRETRAINED.of(file).environment, "head": owner, "x": x.numpy(), "y": y.numpy()})


def fig8(job: FigureJob, particles: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the visits in the files `particles`, one an environment."""
    table = pd.concat([positions(file) for file in particles], ignore_index=True)
    return draw(table, list(job.environments), job.note), table


main = drawing_stage(fig8, "what the stage visit wrote, one run an environment")

if __name__ == "__main__":
    main()
