"""Figs. 11 and 12: where the goals lie, and how often PPO from random heads reaches those inside and outside a radius."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from kmyriad.envs.ant.tasks import GOAL_RADIUS
from kmyriad.envs.ant.terrains import Terrain, height
from kmyriad.figures.draw import NOTE_SIZE, band, panel_title, wrapped
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import FINETUNED, read_tables
from kmyriad.papers.myriad.fig9 import terrain_of
from kmyriad.settings import GoalMapsJob

COLOURS = {"inside": "#009E73", "outside": "#D55E00"}
MARGIN = 1.5
"""Metres of ground drawn around the outermost goal."""
_CELLS = 200


def summarise(metrics: pd.DataFrame, goals: dict[str, list[tuple[float, float]]], radius: float) -> pd.DataFrame:
    """Return the drawn numbers: success by environment, region and epoch as median (`mean`), quartiles low and high over n runs.

    `metrics` has the columns environment, goal (index into `goals[environment]`), seed, epoch, success; a goal's region is
    `inside` where it lies less than `radius` (metres) from the start, else `outside`.
    """
    distance = [np.hypot(*goals[row.environment][row.goal]) for row in metrics.itertuples()]
    regions = metrics.assign(region=np.where(np.array(distance) < radius, "inside", "outside"))
    groups = regions.groupby(["environment", "region", "epoch"])["success"]
    quartiles = groups.quantile([0.25, 0.5, 0.75]).unstack()
    table = quartiles.rename(columns={0.25: "low", 0.5: "mean", 0.75: "high"}).assign(n=groups.size())
    return table.reset_index()[["environment", "region", "epoch", "mean", "n", "low", "high"]]


def draw(
    summary: pd.DataFrame,
    goals: dict[str, list[tuple[float, float]]],
    terrains: dict[str, Terrain],
    radius: float,
    note: str,
) -> Figure:
    """Return the figure of `summary` (see `summarise`): a row for each of `terrains`, its map and its curves."""
    figure, grid = plt.subplots(len(terrains), 2, figsize=(5.4, 2.3 * len(terrains) + 0.6), squeeze=False, layout="constrained")
    reach = max(np.hypot(*goal) for points in goals.values() for goal in points) + MARGIN
    for (left, right), (label, terrain) in zip(grid, terrains.items(), strict=True):
        _draw_map(left, goals[label], terrain, radius, reach)
        left.set_title(panel_title(label))
        _draw_curves(right, summary[summary["environment"] == label])
    grid[-1, 0].set_xlabel("x (m)")
    grid[-1, 1].set_xlabel("PPO updates")
    grid[0, 1].legend(loc="upper left", fontsize=7)
    figure.supxlabel(wrapped(note, figure), fontsize=NOTE_SIZE, color="0.35")
    return figure


def _draw_map(axes: Axes, goals: list[tuple[float, float]], terrain: Terrain, radius: float, reach: float) -> None:
    side = np.linspace(-reach, reach, _CELLS)
    ground = height(terrain, np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)).reshape(_CELLS, _CELLS)
    if np.ptp(ground) > 0:
        axes.imshow(ground, origin="lower", extent=(-reach, reach, -reach, reach), cmap="Greys", alpha=0.6)
    axes.add_patch(Circle((0, 0), radius, fill=False, linestyle="--", color="0.3"))
    for goal in goals:
        region = "inside" if np.hypot(*goal) < radius else "outside"
        axes.add_patch(Circle(goal, GOAL_RADIUS, color=COLOURS[region], alpha=0.55, linewidth=0))
    axes.plot(0, 0, "k+", markersize=7)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", ylabel="y (m)")
    axes.grid(visible=False)


def _draw_curves(axes: Axes, summary: pd.DataFrame) -> None:
    for region, colour in COLOURS.items():
        curve = summary[summary["region"] == region]
        if len(curve):
            band(axes, curve["epoch"], curve, colour, f"{region}, {curve['n'].iloc[0]} runs")
    axes.set(ylim=(-0.02, 1.02), ylabel="success rate")


def goal_maps(job: GoalMapsJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the goals of the JSON files and the success of the fine-tuning runs of the CSV files among `files`."""
    goals = {Path(file).stem: json.loads(Path(file).read_text()) for file in files if file.endswith(".json")}
    metrics = read_tables([file for file in files if file.endswith(".csv")], FINETUNED)
    summary = summarise(metrics, goals, job.radius)
    terrains = {environment.label: terrain_of(environment) for environment in job.environments}
    return draw(summary, goals, terrains, job.radius, job.note), summary


main = drawing_stage(goal_maps, "<environment>.json of the rule goals, metrics.csv of the runs from random heads", GoalMapsJob)

if __name__ == "__main__":
    main()
