"""Files of the grid worlds that a figure shows."""

from itertools import product
from typing import NamedTuple

import pandas as pd
import torch

from kmyriad.gridworld import World, probabilities, world
from kmyriad.jobs.files import StageError
from kmyriad.jobs.runs import GRIDWORLDS, GridworldRun, read_table, read_tables
from kmyriad.settings.gridworld import ARMS, GridworldFigureJob, label_of
from kmyriad.stages.gridworld_train import load_theta


def read_curves(job: GridworldFigureJob, metrics: list[str]) -> pd.DataFrame:
    """Return the metrics in the files `metrics` as one table, those of the job's worlds and numbers of agents."""
    return shown(job, read_tables(metrics, GRIDWORLDS))


def read_rows(job: GridworldFigureJob, files: list[str]) -> pd.DataFrame:
    """Return the tables of several worlds (datasets.csv or success.csv) as one, its floor (agents = 0) included."""
    return shown(job, pd.concat(map(read_table, files), ignore_index=True), 0)


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
    runs = {GRIDWORLDS.of(file): file for file in thetas}
    found = []
    for label, place in worlds_of(job).items():
        for agents, arm in product(job.agents, ARMS):
            here = [run for run in runs if (run.world, run.agents, run.arm) == (label, agents, arm)]
            if len(here) != 1:
                raise StageError(f"the figure needs one file of {label}, {agents} agents, {arm}, got {len(here)}")
            found.append(Trained(here[0], place, probabilities(load_theta(runs[here[0]], place))))
    return found
