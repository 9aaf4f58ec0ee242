"""Claims on the comparison: which of its parts makes N agents see more, task by task."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from kmyriad.papers.side_by_side.table import success
from kmyriad.statistics.intervals import difference_interval
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above_zero, claim

Pairs = tuple[tuple[str, str, str, str], ...]
PAIRS = (
    ("entropy", "kmyriad", "untrained", "clipped K-Myriad sees more than the best untrained noise"),
    ("entropy", "kmyriad", "copies", "N heads see more than N copies of one"),
    ("entropy", "kmyriad", "gradient", "clipped steps see more than Algorithm 1"),
    ("entropy", "gradient", "pgpse", "Algorithm 1's credit sees more than PGPSE's return of a trial"),
    ("entropy", "kmyriad", "own", "on-policy: a common entropy gives more than everybody's own"),
    ("entropy", "sac_collective", "sac_ego", "off-policy: a common bank gives more than everybody's own"),
    ("entropy", "sac_collaborative", "sac_ego", "off-policy: mixed distances (w = 0.5) give more than own ones"),
    ("entropy", "sac_ego", "sac_ego_own", "shared data give more, everybody's own objective"),
    ("entropy", "sac_collective", "sac_collective_own", "shared data give more, common objective"),
    ("entropy", "sac_collective", "kmyriad", "the common objective off-policy sees more than clipped on-policy steps"),
    ("entropy", "sac_collaborative", "ce", "distance in x and y sees more than Collaborative Exploration's similarity"),
    ("entropy", "kmyriad", "rnd", "clipped K-Myriad sees more than RND"),
    ("entropy", "kmyriad", "diayn", "clipped K-Myriad sees more than DIAYN's skills"),
    ("divergence", "kmyriad", "own", "on-policy: a common entropy parts the agents"),
    ("divergence", "sac_collective", "sac_ego", "off-policy: a common bank parts the agents"),
)
"""Quantity (nats), the method that should have more, the other one, and what that means."""
STARTS = (
    ("early", "kmyriad", "untrained", "PPO gains early from the best of N heads, against an untrained agent"),
    ("late", "kmyriad", "untrained", "PPO ends higher from the best of N heads, against an untrained agent"),
    ("early", "kmyriad", "copies", "PPO gains early from the best of N heads, against one head alone"),
)

CONTINUED = (
    ("early", "sac_collective", "untrained", "SAC gains early from the best of N agents of a common bank, against a new one"),
    ("late", "sac_collective", "untrained", "SAC ends higher from the best of N agents of a common bank, against a new one"),
    ("early", "sac_collective", "sac_ego", "SAC gains early from agents of a common bank, against everybody's own"),
)
"""The same, of the soft actor-critics that go on."""


def judge_measures(measures: pd.DataFrame) -> pd.DataFrame:
    """Return a row a pair of PAIRS and task whose runs are in `measures` (columns place, method, seed, acting, ...)."""
    sampled = measures[measures["acting"] == "sampled"]
    return pd.DataFrame(_rows(sampled, PAIRS, "nats"))


def judge_starts(sent: pd.DataFrame, pairs: Pairs = STARTS) -> pd.DataFrame:
    """Return a row a pair and task whose runs are in `sent` (columns place, method, goal, seed, epoch, success)."""
    return pd.DataFrame(_rows(success(sent), pairs, "share of episodes"))


def _rows(table: pd.DataFrame, pairs: Pairs, unit: str) -> Iterator[dict[str, object]]:
    for quantity, more, less, text in pairs:
        for place, group in table.groupby("place", sort=False):
            samples = [_sample(group, method, quantity) for method in (more, less)]
            if min(map(len, samples)):
                interval, units = difference_interval(samples[0], samples[1]), min(map(len, samples))
                yield claim(f"{place}: {text} ({unit})", "not asked", interval, units, above_zero(interval), DIFFERENCE_TEST)


def _sample(group: pd.DataFrame, method: str, quantity: str) -> np.ndarray:
    return group[group["method"] == method].sort_values("seed")[quantity].to_numpy(dtype=float)
