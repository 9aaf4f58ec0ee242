"""Fig. 8: the x, y of the ants, coloured by the head that drove them, one panel an environment."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import NOTE_SIZE, panel_title, wrapped


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
