"""Fig. 13 of Collaborative Exploration: the claim about games, and how our runs are held against it."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from kmyriad.papers.collaborative.claims import CONTROL, PAPER, RESAMPLES, final_scores
from kmyriad.papers.collaborative.sentences import GAMES, Sentence
from kmyriad.statistics.improvement import improvement
from kmyriad.statistics.intervals import difference_interval
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above, above_zero, claim

RIVALS = {"dqn": PAPER, "replica": CONTROL, "shift": CONTROL}
"""What CE is held against: D.7 says DQN; the same agents without novelty, and with novelty that does not pay for an early end."""
Samples = dict[tuple[str, str], np.ndarray]
"""Values, one a seed, by task and arm."""
TOGETHER_TEST = (
    "95 % percentile interval of the probability that a seed of the one beats a seed of the other, mean over games, each arm's "
    f"seeds resampled within each game (stratified bootstrap, {RESAMPLES} resamples), must lie above 1/2; with few seeds it "
    "covers less than 95 %"
)


def judge_games(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return a row a game and rival of CE that was trained, CE's score is higher; rivals of several games also have one of all.

    Games have scores of different sizes, so over all of them it is only counted which seed is better. `metrics` has the columns
    task, arm, seed, epoch and score.
    """
    return judge_scores(metrics, RIVALS, GAMES, "game")


def judge_scores(metrics: pd.DataFrame, rivals: Mapping[str, str], sentence: Sentence, unit: str) -> pd.DataFrame:
    """Return the rows of `held_against` for the scores of `metrics` and every rival, by what the paper says of it."""
    scores = final_scores(metrics)
    samples = {key: sample.to_numpy(dtype=float) for key, sample in scores.groupby(["task", "arm"], sort=False)["score"]}
    what = ("score (mean return of the last evaluations)", "scores higher than one of {rival}")
    found = (held_against(samples, rival, paper, sentence, what, unit) for rival, paper in rivals.items())
    return pd.DataFrame([row for rows in found for row in rows])


def held_against(
    samples: Samples, rival: str, expected: str, sentence: Sentence, what: tuple[str, str], unit: str
) -> Iterator[dict[str, object]]:
    """Return a row a task where CE's `samples` can be held against the rival's, and one of all where those are several.

    `what` says what is compared, and how a seed of CE is better than one of {rival}; a task is called `unit`.
    """
    tasks = [task for task, arm in samples if arm == rival and (task, "ce") in samples]
    pairs = [(samples[task, "ce"], samples[task, rival]) for task in tasks]
    for task, (ours, others) in zip(tasks, pairs, strict=True):
        interval, seeds = difference_interval(ours, others), min(len(ours), len(others))
        text = f"{sentence.source}, {task}: {what[0]}, ce - {rival}"
        yield claim(text, expected, interval, seeds, above_zero(interval), sentence.test(DIFFERENCE_TEST))
    if len(tasks) > 1:
        found = improvement(pairs, RESAMPLES)
        text = f"{sentence.source}, {len(tasks)} {unit}s: probability that a seed of ce {what[1].format(rival=rival)}"
        expected = "above 1/2" if expected == PAPER else expected
        seeds = min(map(len, sum(pairs, ())))
        yield claim(text, expected, found, seeds, above(found, 0.5), sentence.test(TOGETHER_TEST.replace("game", unit)))
