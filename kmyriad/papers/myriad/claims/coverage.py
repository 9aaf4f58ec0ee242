"""Ours, not the paper's: whether pretraining is more than noise, and more trajectories on equal terms."""

import numpy as np
import pandas as pd

from kmyriad.statistics.intervals import difference_interval, mean_interval
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above_zero, claim

SLOPE_TEST = (
    "Student's t interval over seeds of the slope of the final policies' entropy, on one number of trajectories for all, "
    "over log2 of their trajectories in training, 95 %, above 0"
)
NOISE_TEST = (
    "Welch's t interval of the difference of means over seeds, 95 %, must lie above 0; the noise is the one with the best mean, "
    "chosen on the seeds that it is judged by"
)
MEASURES = {
    "sampled": ("entropy", "entropy of sampled actions", "nats"),
    "mean": ("distance_mean", "distance by the mean action", "m"),
}
"""What is compared, by the actions taken: the mean action has one trajectory a head, so its entropy says little."""


def judge_noise(trained: pd.DataFrame, untrained: pd.DataFrame) -> pd.DataFrame:
    """Return two rows a terrain and number of heads: trained policies against the best noise, sampled and mean action.

    `trained` has the columns environment, update, heads, seed, acting, entropy, distance_mean; `untrained` noise as well.
    """
    rows = []
    for (environment, update, heads), runs in trained.groupby(["environment", "update", "heads"], sort=False):
        noises = untrained[(untrained["environment"] == environment) & (untrained["heads"] == heads)]
        for acting, (column, what, unit) in MEASURES.items():
            ours = runs[runs["acting"] == acting].groupby("seed")[column].mean()
            theirs = noises[noises["acting"] == acting].groupby(["noise", "seed"])[column].mean()
            if theirs.empty:
                continue
            best = theirs.groupby("noise").mean().idxmax()
            interval = difference_interval(ours.to_numpy(), theirs[best].to_numpy())
            text = f"{environment}: {what}, {heads} heads by {update} above untrained ones at their best noise, {best:g} ({unit})"
            rows.append(claim(text, "-", interval, len(ours), above_zero(interval), NOISE_TEST))
    return pd.DataFrame(rows)


def judge_updates(trained: pd.DataFrame) -> pd.DataFrame:
    """Return a row a terrain and number of heads that both updates were run for: trust-region above gradient, sampled actions."""
    rows = []
    sampled = trained[trained["acting"] == "sampled"]
    for (environment, heads), runs in sampled.groupby(["environment", "heads"], sort=False):
        first, second = (
            runs[runs["update"] == update].groupby("seed")["entropy"].mean().to_numpy() for update in ("trust-region", "gradient")
        )
        if len(first) and len(second):
            interval = difference_interval(first, second)
            text = f"{environment}: entropy, {heads} heads by trust-region above that by gradient, as many samples (nats)"
            seeds = min(len(first), len(second))
            rows.append(claim(text, "-", interval, seeds, above_zero(interval), DIFFERENCE_TEST))
    return pd.DataFrame(rows)


def judge_budgets(final: pd.DataFrame) -> pd.DataFrame:
    """Return a row an environment of Fig. 6: policies trained on more trajectories have more entropy, on equal terms.

    `final` has the columns environment, envs (trajectories in training), seed, acting, entropy.
    """
    rows = []
    for environment, runs in final[final["acting"] == "sampled"].groupby("environment"):
        finals = runs.groupby(["seed", "envs"])["entropy"].mean().unstack()
        slopes = np.polyfit(np.log2(finals.columns.to_numpy(dtype=float)), finals.to_numpy().T, 1)[0]
        interval = mean_interval(slopes)
        text = f"{environment}: entropy gained with each doubling of the trajectories in training (nats)"
        rows.append(claim(text, "above 0", interval, len(slopes), above_zero(interval), SLOPE_TEST))
    return pd.DataFrame(rows)
