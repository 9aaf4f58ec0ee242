"""Fig. 8 of Collaborative Exploration: what it gains to choose in evaluation which of the agents acts, by our runs."""

from collections.abc import Iterator

import pandas as pd

from kmyriad.papers.collaborative.sentences import DIFFERS, IMPROVES, STEADIES
from kmyriad.statistics.intervals import difference_interval, mean_interval
from kmyriad.statistics.spread import paired_variance_ratio
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above, above_zero, claim

ARM = "replica_ways"
"""One training, evaluated in all ways."""
OF_AN_AGENT = "evaluation_agent"
"""How the columns of each agent's own evaluation begin."""
SMOOTHED = 10
"""Evaluations that a point of a curve, or a score, is the mean of, as D.1 has it."""
CHOSEN = {"evaluation_softmax": "softmax", "evaluation_q_classifier": "QClassifier"}
"""Columns of the paper's two ways, and what they are called."""
HARD, EASY = "fish-swim", "cheetah-run"
PAIRED_TEST = "paired t interval over seeds, 95 %, of the same agents' scores must lie above 0"
STEADY_TEST = (
    "Morgan and Pitman's interval of the ratio of variances over seeds, 95 %, of the same agents' scores must lie above 1"
)


def judge_evaluation(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return a row a task and way to choose, better and steadier than the first agent, and one on how much agents differ.

    Scores are means of the last ten evaluations. `metrics` has the columns task, arm, seed, env_steps, evaluation and, of the arm
    `replica_ways`, one for each further way and each agent.
    """
    runs = metrics[metrics["arm"] == ARM]
    if runs.empty:
        return pd.DataFrame([IMPROVES.not_run(), STEADIES.not_run(), DIFFERS.not_run()])
    columns = [name for name in runs if name.startswith("evaluation")]
    last = runs.sort_values("env_steps").groupby(["task", "seed"], sort=False)[columns].agg(_last).reset_index()
    rows = [row for task, seeds in last.groupby("task", sort=False) for row in _ways(str(task), seeds)]
    return pd.DataFrame([*rows, _agents(last)])


def _last(evaluations: pd.Series) -> float:
    return float(evaluations.tail(SMOOTHED).mean())


def _ways(task: str, seeds: pd.DataFrame) -> Iterator[dict[str, object]]:
    first = seeds["evaluation"].to_numpy(dtype=float)
    for column, name in CHOSEN.items():
        way = seeds[column].to_numpy(dtype=float)
        gain, ratio = mean_interval(way - first), paired_variance_ratio(first, way)
        text = f"Fig. 8, {task}: score, {name} - first agent"
        yield claim(text, "above 0", gain, len(first), above_zero(gain), IMPROVES.test(PAIRED_TEST))
        text = f"Fig. 8, {task}: variance of the score over seeds, first agent / {name}"
        yield claim(text, "above 1", ratio, len(first), above(ratio, 1), STEADIES.test(STEADY_TEST))


def _agents(last: pd.DataFrame) -> dict[str, object]:
    """Return the row of how much the agents of a set differ."""
    agents = [name for name in last if name.startswith(OF_AN_AGENT)]
    spread = last[agents].std(axis=1, ddof=1)
    hard, easy = (spread[last["task"] == task].to_numpy(dtype=float) for task in (HARD, EASY))
    if not len(hard) or not len(easy):
        return DIFFERS.not_run()
    interval = difference_interval(hard, easy)
    text = f"Fig. 8: standard deviation of the agents' scores, {HARD} - {EASY}"
    seeds = min(len(hard), len(easy))
    return claim(text, "above 0", interval, seeds, above_zero(interval), DIFFERS.test(DIFFERENCE_TEST))
