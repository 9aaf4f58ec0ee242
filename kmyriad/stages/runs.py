"""Which run a file belongs to, read off its path.

Pretraining: .../<environment>/heads<h>/seed<s>/<file>, <environment>@envs<n> or <environment>@epochs<n> where a figure needs
other settings than the rest; fine-tuning: .../<environment>/<init>/goal<g>/seed<s>/<file>.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from kmyriad.stages.files import StageError


class Run(NamedTuple):
    """One environment, number of heads and seed."""

    environment: str
    heads: int
    seed: int


def run_of(file: str | Path) -> Run:
    """Return the run of `file`; StageError if its path is not one of a run."""
    try:
        environment, heads, seed = Path(file).parts[-4:-1]
        return Run(environment, int(heads.removeprefix("heads")), int(seed.removeprefix("seed")))
    except ValueError:
        raise StageError(f"{file} is not in a folder <environment>/heads<h>/seed<s>") from None


class Budget(NamedTuple):
    """One environment, number of trajectories an update, number of heads and seed."""

    environment: str
    envs: int
    heads: int
    seed: int


def budget_of(file: str | Path) -> Budget:
    """Return the run of `file` and its trajectories an update; StageError if its path has no <environment>@envs<n>."""
    run = run_of(file)
    environment, mark, envs = run.environment.partition("@envs")
    if not mark or not envs.isdecimal():
        raise StageError(f"{file} is not in a folder <environment>@envs<n>/heads<h>/seed<s>")
    return Budget(environment, int(envs), run.heads, run.seed)


class FinetuneRun(NamedTuple):
    """One environment, way to start, goal and seed."""

    environment: str
    init: str
    goal: int
    seed: int


def finetune_run_of(file: str | Path) -> FinetuneRun:
    """Return the fine-tuning run of `file`; StageError if its path is not one of such a run."""
    try:
        environment, init, goal, seed = Path(file).parts[-5:-1]
        return FinetuneRun(environment, init, int(goal.removeprefix("goal")), int(seed.removeprefix("seed")))
    except ValueError:
        raise StageError(f"{file} is not in a folder <environment>/<init>/goal<g>/seed<s>") from None


def read_tables(files: list[str], key: Callable[[str], NamedTuple] = run_of) -> pd.DataFrame:
    """Return the CSV files of several runs as one table, with a column for each part of a run's `key`."""
    return pd.concat([pd.read_csv(file).assign(**key(file)._asdict()) for file in files], ignore_index=True)
