"""Files of the grid worlds: which training one belongs to, and those that a figure shows.

.../<world>/<variant>/<arm><m>/<file>, e.g. room-det/plain/parallel6/metrics.csv.
"""

from itertools import product
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch

from kmyriad.gridworld import World, probabilities, world
from kmyriad.settings.gridworld import ARMS, GridworldFigureJob, label_of
from kmyriad.stages.files import StageError
from kmyriad.stages.gridworld_train import load_theta
from kmyriad.stages.runs import read_tables


class GridworldRun(NamedTuple):
    """One training of all seeds; `agents` is m, in the single arm the trajectories of the one agent."""

    world: str
    variant: str
    agents: int
    arm: str


def gridworld_run_of(file: str | Path) -> GridworldRun:
    """Return the training of `file`; StageError if its path is not one of a training."""
    world, variant, last = ["", "", "", *Path(file).parts[-4:-1]][-3:]
    arm = last.rstrip("0123456789")
    if arm not in ARMS or arm == last:
        raise StageError(f"{file} is not in a folder <world>/<variant>/<arm><m>, arm one of {', '.join(ARMS)}")
    return GridworldRun(world, variant, int(last.removeprefix(arm)), arm)


def read_curves(job: GridworldFigureJob, metrics: list[str]) -> pd.DataFrame:
    """Return the metrics in the files `metrics` as one table, those of the job's worlds and numbers of agents."""
    return shown(job, read_tables(metrics, gridworld_run_of))


def read_rows(job: GridworldFigureJob, files: list[str]) -> pd.DataFrame:
    """Return the tables of several worlds (datasets.csv or success.csv) as one, its floor (agents = 0) included."""
    return shown(job, pd.concat([pd.read_csv(file) for file in files], ignore_index=True), 0)


def shown(job: GridworldFigureJob, table: pd.DataFrame, *more: int) -> pd.DataFrame:
    """Return the rows of the job's worlds and numbers of agents, and of those in `more`.

    Raises:
        StageError: there is no row of a world and number of agents that the figure is to show.
    """
    for name in job.worlds:
        for agents in job.agents:
            if not ((table["world"] == label_of(name)) & (table["agents"] == agents)).any():
                raise StageError(f"no input has {label_of(name)} with {agents} agents, which the figure is to show")
    return table[table["world"].isin(map(label_of, job.worlds)) & table["agents"].isin([*job.agents, *more])]


def worlds_of(job: GridworldFigureJob) -> dict[str, World]:
    """Return the worlds of the panels by their labels."""
    return {label_of(name): world(name) for name in job.worlds}


class Trained(NamedTuple):
    """One trained arm of a world and its policies pi(a | s) [seeds, agents, 4, states]."""

    run: GridworldRun
    world: World
    policy: torch.Tensor


def trained(job: GridworldFigureJob, thetas: list[str]) -> list[Trained]:
    """Return what the files `thetas` hold, in the order of the job's worlds.

    Raises:
        StageError: an arm that a figure of the job is to show is missing, or one of `load_theta`.
    """
    runs = {gridworld_run_of(file): file for file in thetas}
    found = []
    for label, place in worlds_of(job).items():
        for agents, arm in product(job.agents, ARMS):
            here = [run for run in runs if (run.world, run.agents, run.arm) == (label, agents, arm)]
            if len(here) != 1:
                raise StageError(f"the figure needs one file of {label}, {agents} agents, {arm}, got {len(here)}")
            found.append(Trained(here[0], place, probabilities(load_theta(runs[here[0]], place))))
    return found
