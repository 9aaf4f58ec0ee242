"""Which run a file belongs to, read off its path .../<environment>/heads<h>/seed<s>/<file>."""

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


def read_tables(files: list[str]) -> pd.DataFrame:
    """Return the CSV files of several runs as one table, with columns environment, heads and seed."""
    return pd.concat([pd.read_csv(file).assign(**run_of(file)._asdict()) for file in files], ignore_index=True)
