"""Figs. 11 and 12: where the goals lie, and how often PPO from random heads reaches those inside and outside a radius."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from kmyriad.envs.ant.tasks import GOAL_RADIUS
from kmyriad.envs.ant.terrains import Terrain, height
from kmyriad.figures.draw import look_of, panel_title, write_below
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import FINETUNED, read_tables
from kmyriad.papers.myriad.fig9 import terrain_of
from kmyriad.settings import GoalMapsJob

COLOURS = {"inside": "#009E73", "outside": "#D55E00"}
MARGIN = 1.5
"""Metres of ground drawn around the outermost goal."""
_CELLS = 200


def by_region(metrics: pd.DataFrame, goals: dict[str, list[tuple[float, float]]], radius: float) -> pd.DataFrame:
    """Return `metrics` with a column region: `inside` where the goal is less than `radius` (metres) from the start, or `outside`.

    `metrics` has the columns environment, goal (index into `goals[environment]`), seed, epoch, success.
    """
    distance = [np.hypot(*goals[row.environment][row.goal]) for row in metrics.itertuples()]
    return metrics.assign(region=np.where(np.array(distance) < radius, "inside", "outside"))


def summarise(regions: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers of `regions` (see `by_region`): success by environment, region and epoch, over n runs.

    `mean` is the median, low and high are the quartiles.
    """
    groups = regions.groupby(["environment", "region", "epoch"])["success"]
    quartiles = groups.quantile([0.25, 0.5, 0.75]).unstack()
    table = quartiles.rename(columns={0.25: "low", 0.5: "mean", 0.75: "high"}).assign(n=groups.size())
    return table.reset_index()[["environment", "region", "epoch", "mean", "n", "low", "high"]]


def draw(
    regions: pd.DataFrame,
    goals: dict[str, list[tuple[float, float]]],
    terrains: dict[str, Terrain],
    radius: float,
    note: str,
) -> Figure:
    """Return the figure of `regions` (see `by_region`): a row for each of `terrains`, its map and its curves."""
    figure, grid = plt.subplots(len(terrains), 2, figsize=(5.4, 2.3 * len(terrains) + 0.6), squeeze=False, layout="constrained")
    reach = max(np.hypot(*goal) for points in goals.values() for goal in points) + MARGIN
    for (left, right), (label, terrain) in zip(grid, terrains.items(), strict=True):
        _draw_map(left, goals[label], terrain, radius, reach)
        left.set_title(panel_title(label))
        _draw_curves(right, regions[regions["environment"] == label])
    grid[-1, 0].set_xlabel("x (m)")
    grid[-1, 1].set_xlabel("PPO updates")
    write_below(figure, note)
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


def _draw_curves(axes: Axes, regions: pd.DataFrame) -> None:
    runs = regions[["region", "goal", "seed"]].drop_duplicates()["region"].value_counts()
    names = {region: f"{region}, {runs[region]} runs" for region in COLOURS if region in runs}
    look = look_of({name: COLOURS[region] for region, name in names.items()})
    quartiles = look | {"estimator": "median", "errorbar": ("pi", 50)}
    sns.lineplot(regions.assign(curve=regions["region"].map(names)), x="epoch", y="success", ax=axes, **quartiles)
    axes.set(ylim=(-0.02, 1.02), xlabel="", ylabel="success rate")
    axes.legend(loc="upper left")


def goal_maps(job: GoalMapsJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the goals of the JSON files and the success of the fine-tuning runs of the CSV files among `files`."""
    goals = {Path(file).stem: json.loads(Path(file).read_text()) for file in files if file.endswith(".json")}
    metrics = read_tables([file for file in files if file.endswith(".csv")], FINETUNED)
    regions = by_region(metrics, goals, job.radius)
    terrains = {environment.label: terrain_of(environment) for environment in job.environments}
    return draw(regions, goals, terrains, job.radius, job.note), summarise(regions)


main = drawing_stage(goal_maps, "<environment>.json of the rule goals, metrics.csv of the runs from random heads", GoalMapsJob)

if __name__ == "__main__":
    main()
