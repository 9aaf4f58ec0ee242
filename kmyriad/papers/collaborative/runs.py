"""Files of Collaborative Exploration: .../<task>/<arm>/<file>, e.g. maze/ce/metrics.csv, all seeds of an arm in one."""

from typing import NamedTuple

import pandas as pd

from kmyriad.jobs.files import StageError
from kmyriad.jobs.runs import RunPath, read_tables
from kmyriad.settings.collaborative.study import KNOWN, CollaborativeFigureJob


class CollaborativeRun(NamedTuple):
    """One training of all seeds."""

    task: str
    arm: str


TRAININGS = RunPath("{task}/{arm}", CollaborativeRun, {"arm": KNOWN})


def read_runs(job: CollaborativeFigureJob, files: list[str]) -> pd.DataFrame:
    """Return the tables in `files` as one with the columns task and arm, those of the job's tasks and arms.

    Not every arm needs to have been trained on every task: what was not is absent.

    Raises:
        StageError: a task or an arm of the job is in none of the files.
    """
    table = read_tables(files, TRAININGS)
    for name, wanted in (("task", job.tasks), ("arm", job.arms)):
        missing = set(wanted) - set(table[name])
        if missing:
            raise StageError(f"no input has the {name} {', '.join(sorted(missing))}, which is to be shown")
    return table[table["task"].isin(job.tasks) & table["arm"].isin(job.arms)]
