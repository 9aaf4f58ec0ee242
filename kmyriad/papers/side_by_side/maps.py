"""Figure `side_by_side_maps`: which agent went where, a row a task and a column a method, the first seed of each."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from kmyriad.figures.draw import NOTE_SIZE, wrapped
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import read_tables
from kmyriad.papers.side_by_side.runs import TRAINED
from kmyriad.settings.side_by_side import METHODS, SideFigureJob

AGENTS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Colours of the agents, again from the first where there are more."""


def first_seeds(visits: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the lowest seed of each place and method."""
    return visits[visits["seed"] == visits.groupby(["place", "method"])["seed"].transform("min")].reset_index(drop=True)


def picture(visits: pd.DataFrame, columns: np.ndarray, rows: np.ndarray, cell: float) -> np.ndarray:
    """Return colours [rows, columns, 3] of the cells with centres `columns` x `rows`: each agent's by its share of the visits.

    `visits` has agent, x, y and visits; a cell that is visited less is paler, one that nobody visits white.
    """
    counts = np.zeros((int(visits["agent"].max()) + 1, len(rows), len(columns)))
    places = [((visits[name] - centres[0]) / cell).round().astype(int) for name, centres in (("y", rows), ("x", columns))]
    counts[visits["agent"], places[0], places[1]] = visits["visits"]
    palette = np.array([to_rgb(AGENTS[agent % len(AGENTS)]) for agent in range(len(counts))])
    total = counts.sum(0)
    mixed = np.einsum("arc,ak->rck", counts, palette) / np.maximum(total, 1)[..., None]
    strength = (total / max(total.max(), 1))[..., None] ** 0.3
    return 1 + strength * (mixed - 1)


def draw(visits: pd.DataFrame, tasks: list[str], methods: tuple[str, ...], note: str) -> Figure:
    """Return the figure of `visits` (columns place, method, agent, x, y, visits)."""
    figure, grid = plt.subplots(
        len(tasks),
        len(methods),
        figsize=(0.95 * len(methods) + 0.4, 1.05 * len(tasks) + 1.1),
        squeeze=False,
        layout="constrained",
    )
    for row, task in zip(grid, tasks, strict=True):
        here = visits[visits["place"] == task]
        for axes, method in zip(row, methods, strict=True):
            _draw_panel(axes, here, here[here["method"] == method])
        row[0].set_ylabel(task)
    for axes, method in zip(grid[0], methods, strict=True):
        axes.set_title(METHODS[method].title.replace(", ", ",\n").replace(" ", "\n", 1), fontsize=6)
    figure.supxlabel(wrapped(note, figure), fontsize=NOTE_SIZE, color="0.35")
    return figure


def _draw_panel(axes: Axes, here: pd.DataFrame, visits: pd.DataFrame) -> None:
    """Draw the visits of one method in the frame that holds those of all."""
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    if visits.empty:
        axes.set_axis_off()
        return
    cell = float(np.min(np.diff(np.unique(np.concatenate([here["x"].unique(), here["y"].unique()]).round(6)))))
    columns, rows = (np.arange(here[name].min(), here[name].max() + cell / 2, cell) for name in ("x", "y"))
    axes.imshow(picture(visits, columns, rows, cell), origin="lower", interpolation="nearest", aspect="equal")


def side_by_side_maps(job: SideFigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the visits of the first seed of each method among `files`."""
    visits = first_seeds(read_tables(files, TRAINED))
    return draw(visits, list(job.tasks), job.methods, job.note), visits


main = drawing_stage(side_by_side_maps, "visits.csv of every run", SideFigureJob)

if __name__ == "__main__":
    main()
