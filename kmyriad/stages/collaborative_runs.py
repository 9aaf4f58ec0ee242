"""Files of Collaborative Exploration: .../<task>/<arm>/<file>, e.g. maze/ce/metrics.csv, all seeds of an arm in one."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from kmyriad.settings.collaborative_study import KNOWN, CollaborativeFigureJob
from kmyriad.stages.files import StageError
from kmyriad.stages.runs import read_tables


class CollaborativeRun(NamedTuple):
    """One training of all seeds."""

    task: str
    arm: str


def collaborative_run_of(file: str | Path) -> CollaborativeRun:
    """Return the training of `file`; StageError if its path is not one of a training."""
    task, arm = ["", "", *Path(file).parts[-3:-1]][-2:]
    if arm not in KNOWN:
        raise StageError(f"{file} is not in a folder <task>/<arm>, arm one of {', '.join(KNOWN)}")
    return CollaborativeRun(task, arm)


def read_runs(job: CollaborativeFigureJob, files: list[str]) -> pd.DataFrame:
    """Return the tables in `files` as one with the columns task and arm, those of the job's tasks and arms.

    Not every arm needs to have been trained on every task: what was not is absent.

    Raises:
        StageError: a task or an arm of the job is in none of the files.
    """
    table = read_tables(files, collaborative_run_of)
    for name, wanted in (("task", job.tasks), ("arm", job.arms)):
        missing = set(wanted) - set(table[name])
        if missing:
            raise StageError(f"no input has the {name} {', '.join(sorted(missing))}, which is to be shown")
    return table[table["task"].isin(job.tasks) & table["arm"].isin(job.arms)]
