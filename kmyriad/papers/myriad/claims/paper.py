"""The paper's claims about entropy (Section 7.1, Fig. 5) and divergence (Table 1), and how our runs are held against them."""

from typing import NamedTuple

import pandas as pd

from kmyriad.statistics.intervals import difference_interval, mean_interval
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above_zero, claim, contains

LAST_SHARE = 0.1
"""The entropy of a run is its mean over this last share of the epochs: one epoch alone is noisy."""
TABLE_1 = {
    ("ant-empty", 10): (0.9869, 0.0160),
    ("ant-maze", 10): (0.5980, 0.0267),
    ("ant-pyramid", 10): (0.5340, 0.0333),
    ("ant-cave", 10): (0.8804, 0.0399),
    ("ant-empty", 50): (1.3337, 0.0099),
    ("ant-maze", 50): (1.0230, 0.0164),
    ("ant-pyramid", 50): (0.8807, 0.0288),
    ("ant-cave", 50): (1.0432, 0.0153),
}
"""Mean and spread of the KL divergence in nats by environment and heads, as printed in the paper's Table 1."""


class More(NamedTuple):
    """In `environment`, `first` heads reach more than `second`."""

    environment: str
    first: int
    second: int


ENTROPY = (
    More("ant-empty", 1, 10),
    More("ant-empty", 10, 50),
    More("ant-pyramid", 50, 1),
    More("ant-pyramid", 50, 10),
    More("ant-cave", 50, 1),
    More("ant-cave", 50, 10),
)
"""Fig. 5: the single head leads where the ant moves freely, 50 heads where the ground is uneven."""
DIVERGENCE = tuple(More(environment, 50, 10) for environment in ("ant-empty", "ant-maze", "ant-pyramid", "ant-cave"))
"""Table 1: more heads are further apart, everywhere; ours: by more than dealing trajectories at random gives."""

VALUE_TEST = "Student's t interval of the mean over seeds, 95 %, must contain the paper's value"


def judge_entropy(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return one row a claim of ENTROPY that `metrics` (environment, heads, seed, epoch, entropy) has runs for."""
    return _judge_more(ENTROPY, last_epochs(metrics), "entropy")


def last_epochs(metrics: pd.DataFrame, epochs: int | None = None) -> pd.DataFrame:
    """Return the rows of the last LAST_SHARE of all epochs, or of the first `epochs` of them; of one epoch at least."""
    end = metrics["epoch"].max() + 1 if epochs is None else epochs
    return metrics[(metrics["epoch"] >= min((1 - LAST_SHARE) * end, end - 1)) & (metrics["epoch"] < end)]


def judge_divergence(kl: pd.DataFrame) -> pd.DataFrame:
    """Return one row a claim of DIVERGENCE and one a number of Table 1 that `kl` has runs for.

    `kl` has the columns environment, heads, seed, kl and kl_dealt.
    """
    rows = []
    for (environment, heads), (paper, _) in TABLE_1.items():
        ours = _per_seed(kl, environment, heads, "kl")
        if len(ours):
            interval = mean_interval(ours.to_numpy())
            text = f"{environment}: KL between {heads} heads (nats)"
            rows.append(claim(text, f"{paper:g}", interval, len(ours), contains(interval, paper), VALUE_TEST))
    return pd.concat([_judge_more(DIVERGENCE, beyond_chance(kl), "kl"), pd.DataFrame(rows)], ignore_index=True)


def beyond_chance(kl: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with `kl` less `kl_dealt`, what trajectories dealt at random have; those of runs without that are left out.

    The estimate grows with the number of heads whatever they do, since each has fewer trajectories.
    """
    if "kl_dealt" not in kl:
        return kl.iloc[:0]
    return kl.assign(kl=kl["kl"] - kl["kl_dealt"]).dropna(subset="kl")


def _judge_more(claims: tuple[More, ...], data: pd.DataFrame, column: str) -> pd.DataFrame:
    rows = []
    for more in claims:
        first, second = (_per_seed(data, more.environment, heads, column) for heads in (more.first, more.second))
        if len(first) and len(second):
            interval = difference_interval(first.to_numpy(), second.to_numpy())
            quantity = {"entropy": "entropy", "kl": "KL between heads, beyond chance,"}[column]
            text = f"{more.environment}: {quantity} with heads {more.first} above that with {more.second} (nats)"
            seeds = min(len(first), len(second))
            rows.append(claim(text, "above 0", interval, seeds, above_zero(interval), DIFFERENCE_TEST))
    return pd.DataFrame(rows)


def _per_seed(data: pd.DataFrame, environment: str, heads: int, column: str) -> pd.Series:
    chosen = data[(data["environment"] == environment) & (data["heads"] == heads)]
    return chosen.groupby("seed")[column].mean()
