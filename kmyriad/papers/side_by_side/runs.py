"""Where the runs of the comparison lie, and how their tables are read."""

from typing import NamedTuple

import pandas as pd

from kmyriad.jobs.runs import RunPath, read_tables
from kmyriad.settings.side_by_side import METHODS


class SideRun(NamedTuple):
    """One method on one task with one seed."""

    place: str
    method: str
    seed: int


class SideGoal(NamedTuple):
    """PPO, or a soft actor-critic, from one method's best agent to one goal."""

    place: str
    method: str
    goal: int
    seed: int


TRAINED = RunPath("{place}/{method}/seed{seed}", SideRun, {"method": METHODS})
SENT = RunPath("{place}/{method}/goal{goal}/seed{seed}", SideGoal, {"method": METHODS})
COLOURS = {
    "untrained": "0.55",
    "copies": "#E69F00",
    "own": "#F0C75E",
    "kmyriad": "#D55E00",
    "gradient": "#8B4513",
    "pgpse": "#B07AA1",
    "sac_ego": "#9ECAE1",
    "sac_collaborative": "#56B4E9",
    "sac_collective": "#0072B2",
    "sac_ego_own": "#9ECAE1",
    "sac_collective_own": "#0072B2",
    "ce": "#009E73",
    "rnd": "#CC79A7",
    "diayn": "black",
}
"""Of the methods; those that share no data have the colours of those that do, and are dashed."""
ENTRY = 2.3
"""Inches that an entry of a legend takes."""
DASHED = ("untrained", "sac_ego_own", "sac_collective_own")


def measures(files: list[str], acting: str = "sampled") -> pd.DataFrame:
    """Return the measures of all runs in `files`, with place, method and seed, of `acting` "sampled" or "mean"."""
    table = read_tables(files, TRAINED)
    return table[table["acting"] == acting].reset_index(drop=True)


def titled(methods: pd.Series) -> pd.Series:
    """Return what figures and tables call `methods`."""
    return methods.map({name: method.title for name, method in METHODS.items()})


def palette(methods: tuple[str, ...]) -> dict[str, str]:
    """Return the colour of each of `methods` by its title."""
    return {METHODS[method].title: COLOURS[method] for method in methods}
