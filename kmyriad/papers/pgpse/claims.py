"""The claims of De Paola et al., 2025, about parallel agents in grid worlds, and how our runs are held against them."""

from collections.abc import Iterator

import pandas as pd

from kmyriad.statistics.intervals import paired_interval
from kmyriad.statistics.verdict import above_zero, claim

LAST_UPDATES = 100
"""A training's final values are the means over so many updates at its end."""
REFERENCE = {
    ("room-det", 2, "parallel"): (0.712, 0.000, 14.9),
    ("room-det", 2, "single"): (0.655, 0.003, 12.5),
    ("room-det", 4, "parallel"): (0.820, 0.005, 24.4),
    ("room-det", 4, "single"): (0.743, 0.004, 18.8),
    ("room-det", 6, "parallel"): (0.861, 0.008, 30.7),
    ("room-det", 6, "single"): (0.775, 0.007, 22.3),
    ("maze-det", 2, "parallel"): (0.765, 0.002, 18.9),
    ("maze-det", 2, "single"): (0.700, 0.014, 15.0),
    ("maze-det", 4, "parallel"): (0.869, 0.013, 29.3),
    ("maze-det", 4, "single"): (0.791, 0.003, 22.7),
    ("maze-det", 6, "parallel"): (0.880, 0.023, 33.3),
    ("maze-det", 6, "single"): (0.823, 0.013, 26.7),
    ("room-stoc", 2, "parallel"): (0.634, 0.002, 12.0),
    ("room-stoc", 2, "single"): (0.601, 0.001, 10.7),
    ("maze-stoc", 2, "parallel"): (0.695, 0.002, 15.3),
    ("maze-stoc", 2, "single"): (0.651, 0.007, 13.1),
}
"""(world, agents, arm): final entropy / log(free cells), its sd over 5 seeds, and support, after 10,000 updates.

The paper prints curves, no numbers. These are what its authors' public code gave when it was measured again.
"""
PAIRED_TEST = (
    "Student's t interval over seeds of the difference, first averaged over the numbers of agents, 95 %, must lie above 0"
)


def finals(curves: pd.DataFrame) -> pd.DataFrame:
    """Return entropy and support by world, agents, arm and seed: the means over the last `LAST_UPDATES` of each training.

    `curves` has those columns and update; rows are means over blocks of updates, `update` the last of the block.
    """
    by = ["world", "agents", "arm", "seed"]
    end = curves.groupby(by)["update"].transform("max")
    return curves[curves["update"] > end - LAST_UPDATES].groupby(by)[["entropy", "support"]].mean().reset_index()


def judge_gridworld(curves: pd.DataFrame, datasets: pd.DataFrame, success: pd.DataFrame) -> pd.DataFrame:
    """Return a row a claim and world, for the claims of Section 6 and Appendix C.

    `curves` as `finals` takes it, of one variant; `datasets` has the columns world, agents, source, seed, entropy and
    action_entropy; `success` has world, agents, source, seed, goal, success_horizon and success_long. Entropies are shares of
    log(free cells), that of actions of log 4; support is in cells. The floor (source untrained) takes no part.
    """
    ends = finals(curves).rename(columns={"arm": "source"})
    reached = success.groupby(["world", "agents", "source", "seed"])[["success_horizon", "success_long"]].mean().reset_index()
    comparisons = [
        (ends, "entropy", "parallel", "single", "final entropy / log(free cells)"),
        (ends, "support", "parallel", "single", "distinct cells visited at the end"),
        (datasets, "entropy", "parallel", "single", "data-set entropy / log(free cells)"),
        (datasets, "entropy", "single", "random", "data-set entropy / log(free cells)"),
        (reached, "success_horizon", "parallel", "single", "success of offline Q-learning within the horizon + 1 steps"),
        (reached, "success_long", "parallel", "single", "success of offline Q-learning within the long limit"),
        (datasets, "action_entropy", "single", "parallel", "action entropy / log 4"),
    ]
    return pd.DataFrame([row for comparison in comparisons for row in _judge(*comparison)])


def _judge(table: pd.DataFrame, value: str, first: str, second: str, what: str) -> Iterator[dict[str, object]]:
    """Yield a row a world: `value` of source `first` above that of `second`, in pairs of the same agents and seed."""
    pairs = table.pivot(index=["world", "agents", "seed"], columns="source", values=value)
    for world, chosen in pairs.groupby("world"):
        if not {first, second} <= set(chosen.columns):
            continue
        by_seed = (chosen[first] - chosen[second]).dropna().groupby("seed").mean()
        result = paired_interval(by_seed, 0 * by_seed)
        if result is None:
            continue
        interval, seeds = result
        yield claim(f"{world}: {what}, {first} - {second}", "above 0", interval, seeds, above_zero(interval), PAIRED_TEST)
