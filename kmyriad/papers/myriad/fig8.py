"""Fig. 8: the x, y of the ants, coloured by the head that drove them, one panel an environment."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import NOTE_SIZE, panel_title, wrapped
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import PRETRAINED
from kmyriad.settings import FigureJob
from kmyriad.stages.visit import load_particles


def draw(positions: pd.DataFrame, environments: list[str], note: str) -> Figure:
    """Return the figure of `positions`, columns environment, head, x, y (metres): a point a position."""
    columns = min(4, len(environments))
    rows = -(-len(environments) // columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=(2.3 * columns + 0.7, 2.2 * rows + 0.5), squeeze=False, layout="constrained"
    )
    heads = positions["head"].nunique()
    colour = plt.get_cmap("tab10" if heads <= 10 else "turbo", heads)
    for axes, environment in zip(grid.flat, environments, strict=False):
        panel = positions[positions["environment"] == environment]
        points = axes.scatter(
            panel["x"],
            panel["y"],
            c=panel["head"],
            cmap=colour,
            vmin=-0.5,
            vmax=heads - 0.5,
            s=1.5,
            linewidths=0,
            rasterized=True,
        )
        axes.set_title(panel_title(environment))
        axes.set_aspect("equal", "datalim")
        axes.set_xlabel("x (m)")
    for axes in grid.flat[len(environments) :]:
        axes.set_axis_off()
    grid[0, 0].set_ylabel("y (m)")
    figure.colorbar(points, ax=grid, label="head", ticks=range(heads) if heads <= 10 else None)
    figure.supxlabel(wrapped(note, figure), fontsize=NOTE_SIZE, color="0.35")
    return figure


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
