"""The paper's claim about more updates (Fig. 10), and how our runs are held against it."""

import pandas as pd

from kmyriad.papers.myriad.claims.paper import last_epochs
from kmyriad.statistics.intervals import difference_interval, paired_interval
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above_zero, claim

NARROWING_TEST = "Student's t interval over seeds of the gap's decrease between the two epochs, 95 %, must lie above 0"


def judge_long_run(metrics: pd.DataFrame, epochs: int, few: int = 1, many: int = 50) -> pd.DataFrame:
    """Return the claims about the gap between `few` and `many` heads after `epochs` updates and at the end of a longer run.

    `metrics` has the columns environment, heads, seed, epoch, entropy; without runs of both there is no claim.
    """
    if not {few, many} <= set(metrics["heads"]):
        return pd.DataFrame()
    (environment,) = metrics["environment"].unique()
    environment, end = environment.partition("@")[0], metrics["epoch"].max() + 1
    (few_then, many_then), (few_now, many_now) = (
        [_finals(last_epochs(metrics, when), heads) for heads in (few, many)] for when in (epochs, end)
    )
    lead = difference_interval(few_now.to_numpy(), many_now.to_numpy())
    pairs = paired_interval(few_then - many_then, few_now - many_now)
    if pairs is None:
        return pd.DataFrame()
    narrowing, seeds = pairs
    gap = f"{environment}: entropy with {few} head above that with {many}"
    decrease = f"{environment}: decrease of that gap from update {epochs} to update {end} (nats)"
    return pd.DataFrame(
        [
            claim(f"{gap}, after {end} updates (nats)", "above 0", lead, seeds, above_zero(lead), DIFFERENCE_TEST),
            claim(decrease, "above 0", narrowing, seeds, above_zero(narrowing), NARROWING_TEST),
        ]
    )


def _finals(metrics: pd.DataFrame, heads: int) -> pd.Series:
    return metrics[metrics["heads"] == heads].groupby("seed")["entropy"].mean()
