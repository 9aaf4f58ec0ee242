"""Fig. 5 of Collaborative Exploration: which goals of the maze a set of agents finds, and what the paper says of it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from kmyriad.collaborative.tasks.maze import ROWS
from kmyriad.papers.collaborative.claims import CONTROL, PAPER
from kmyriad.papers.collaborative.sentences import GOALS
from kmyriad.statistics.proportions import share_difference, share_interval
from kmyriad.statistics.verdict import above_zero, claim, contains

CELLS = tuple((row, column) for row, line in enumerate(ROWS) for column, letter in enumerate(line) if letter == "G")
"""Row and column of each goal."""
PAIRS = {
    ("ce", "independent"): PAPER,
    ("ce", "replica"): CONTROL,
    ("ce", "ego"): CONTROL,
    ("ce", "shift"): CONTROL,
    ("shift", "independent"): CONTROL,
}
"""Which sets are compared. Goals end episodes, and CE's reward below 0 pays for that; shift's reward does not."""
MORE_TEST = "Newcombe's score interval of the difference of shares of seeds, 95 %, must lie above 0"
NONE_TEST = "Wilson's score interval of the share of seeds, 95 %, must reach down to 0, which it does where no seed finds both"


def both_found(visits: pd.DataFrame) -> pd.DataFrame:
    """Return task, arm, seed and both: whether the agents of a set together visited every goal.

    `visits` has the columns task, arm, seed, row and column.
    """
    goals = pd.DataFrame(CELLS, columns=["row", "column"]).assign(goal=range(len(CELLS)))
    by = ["task", "arm", "seed"]
    found = visits.merge(goals, on=["row", "column"], how="left").groupby(by, sort=False)["goal"].nunique()
    return (found == len(CELLS)).rename("both").reset_index()


def judge_goals(visits: pd.DataFrame) -> pd.DataFrame:
    """Return a row a pair of sets, the first finds both goals in more seeds, and one for what independent agents fail in."""
    samples = {arm: sample.to_numpy() for arm, sample in both_found(visits).groupby("arm")["both"]}
    rows = [*_more(samples), *_none(samples)]
    return pd.DataFrame(rows)


def _more(samples: dict[str, np.ndarray]) -> Iterator[dict[str, object]]:
    what, test = "Fig. 5, maze: share of seeds in which the set finds both goals", GOALS[0].test(MORE_TEST)
    pairs = {pair: paper for pair, paper in PAIRS.items() if set(pair) <= samples.keys()}
    for (first, second), paper in pairs.items():
        ours, others = samples[first], samples[second]
        interval, seeds = share_difference(ours, others), min(len(ours), len(others))
        yield claim(f"{what}, {first} - {second}", paper, interval, seeds, above_zero(interval), test)
    if not pairs:
        yield GOALS[0].not_run()


def _none(samples: dict[str, np.ndarray]) -> Iterator[dict[str, object]]:
    if "independent" not in samples:
        yield GOALS[1].not_run()
        return
    found = samples["independent"]
    interval = share_interval(found)
    text = "Fig. 5, maze: share of seeds in which the set finds both goals, independent"
    yield claim(text, "0", interval, len(found), contains(interval, 0), GOALS[1].test(NONE_TEST))
