"""PGPSE's claims: what they rest on, and who judges them."""

import pandas as pd

from kmyriad.jobs.runs import GRIDWORLDS, read_table
from kmyriad.papers.claims import Evidence, Judge, of_runs
from kmyriad.papers.pgpse.claims import judge_gridworld
from kmyriad.settings import ClaimsJob


def _worlds(files: list[str], job: ClaimsJob) -> pd.DataFrame:
    return pd.concat(map(read_table, files), ignore_index=True)


EVIDENCE = {
    "curves": of_runs("metrics.csv of every training in a grid world", GRIDWORLDS),
    "datasets": Evidence("datasets.csv of every grid world", _worlds),
    "success": Evidence("success.csv of every grid world", _worlds),
}
JUDGES = (
    Judge(("curves", "datasets", "success"), lambda curves, datasets, success, job: judge_gridworld(curves, datasets, success)),
)
