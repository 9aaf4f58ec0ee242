"""The paper's claims about PPO from pretrained heads (Section 7.2, Figs. 7, 11, 12), and how our runs are held against them."""

from typing import NamedTuple

import pandas as pd

from kmyriad.papers.myriad.claims.paper import last_epochs
from kmyriad.statistics.intervals import difference_interval, paired_interval
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above_zero, claim

EARLY_SHARE = 0.5
"""The early success of a run is its mean over this first share of the updates."""
ALL = "all environments"
PAIRED_TEST = (
    "Student's t interval of the paired difference over environments, goals and seeds, 95 %, must lie above 0; "
    "runs that start from one policy are taken as independent"
)
_RUN = ["environment", "goal", "seed"]


class Better(NamedTuple):
    """PPO from `first` succeeds more often than from `second`, `when` (early or finally)."""

    first: str
    second: str
    when: str


JUMPSTART = (
    Better("heads50", "heads1", "early"),
    Better("heads50", "random", "finally"),
    Better("heads1", "random", "finally"),
)
"""Fig. 7: diversity gives the better start; both kinds of pretraining beat random initialisation."""


def judge_jumpstart(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return one row a claim of JUMPSTART and environment, and one for all environments together.

    `metrics` has the columns environment, init, goal, seed, epoch, success; runs are paired by environment, goal and seed.
    """
    phases = {"early": _early(metrics), "finally": last_epochs(metrics)}
    rows = []
    for better in JUMPSTART:
        runs = phases[better.when]
        for where in (*metrics["environment"].unique(), ALL):
            chosen = runs if where == ALL else runs[runs["environment"] == where]
            first, second = (_success(chosen, init) for init in (better.first, better.second))
            if pairs := paired_interval(first, second):
                text = f"{where}: success of PPO from {better.first} above that from {better.second}, {better.when}"
                rows.append(claim(text, "above 0", *pairs, above_zero(pairs[0]), PAIRED_TEST))
    return pd.DataFrame(rows)


def judge_reach(outside: pd.DataFrame, inside: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each environment: PPO from random heads ends with more success at the goals inside than outside.

    Both tables are like that of `judge_jumpstart`; only their runs from `random` count.
    """
    ends = [last_epochs(metrics) for metrics in (inside, outside)]
    rows = []
    for where in inside["environment"].unique():
        near, far = (_success(runs[runs["environment"] == where], "random").to_numpy() for runs in ends)
        if len(near) and len(far):
            interval = difference_interval(near, far)
            text = f"{where}: final success of PPO from random at goals inside above that at goals outside the radius"
            test = DIFFERENCE_TEST.replace("over seeds", "over goals and seeds")
            rows.append(claim(text, "above 0", interval, min(len(near), len(far)), above_zero(interval), test))
    return pd.DataFrame(rows)


def _early(metrics: pd.DataFrame) -> pd.DataFrame:
    return metrics[metrics["epoch"] < EARLY_SHARE * (metrics["epoch"].max() + 1)]


def _success(metrics: pd.DataFrame, init: str) -> pd.Series:
    return metrics[metrics["init"] == init].groupby(_RUN)["success"].mean()
