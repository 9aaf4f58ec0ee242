"""Tables of the stages coverage_trained and coverage_untrained, read by the runs that they belong to."""

from collections.abc import Iterable

import pandas as pd

from kmyriad.jobs.runs import of_stage, read_tables

TRAINED, UNTRAINED = "coverage_trained", "coverage_untrained"
"""Their folders."""


def read_untrained(files: Iterable[str]) -> pd.DataFrame:
    """Return the tables of untrained policies among `files`, with environment, heads and seed; empty where there is none."""
    chosen = of_stage(files, UNTRAINED)
    return read_tables(chosen) if chosen else pd.DataFrame()


def read_trained(files: Iterable[str], update: str) -> pd.DataFrame:
    """Return the tables of trained policies among `files`, with environment, update, heads and seed.

    Runs in <environment>@gradient or @trust-region had that update, all others `update`.
    """
    table = read_tables(of_stage(files, TRAINED))
    names = table["environment"].str.partition("@")
    own = names[2].isin(["gradient", "trust-region"])
    return table.assign(environment=table["environment"].where(~own, names[0]), update=names[2].where(own, update))


def best_untrained(untrained: pd.DataFrame) -> dict[str, float]:
    """Return the most entropy of a batch that a noise and number of heads reach, on average over the seeds, by environment."""
    if untrained.empty:
        return {}
    sampled = untrained[untrained["acting"] == "sampled"]
    means = sampled.groupby(["environment", "heads", "noise"])["entropy_of_batch"].mean()
    return means.groupby("environment").max().to_dict()
