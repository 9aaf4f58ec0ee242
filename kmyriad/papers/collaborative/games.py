"""Fig. 13 of Collaborative Exploration: the claim about games, and how our runs are held against it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from kmyriad.papers.collaborative.claims import CONTROL, PAPER, final_scores
from kmyriad.papers.collaborative.sentences import GAMES
from kmyriad.statistics.improvement import improvement
from kmyriad.statistics.intervals import difference_interval
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above, above_zero, claim

RIVALS = {"dqn": PAPER, "replica": CONTROL, "shift": CONTROL}
"""What CE is held against: D.7 says DQN; the same agents without novelty, and with novelty that does not pay for an early end."""
RESAMPLES = 10_000
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
    scores = final_scores(metrics)
    samples = {key: sample.to_numpy(dtype=float) for key, sample in scores.groupby(["task", "arm"], sort=False)["score"]}
    return pd.DataFrame([row for rival, paper in RIVALS.items() for row in _against(samples, rival, paper)])


def _against(samples: dict[tuple[str, str], np.ndarray], rival: str, paper: str) -> Iterator[dict[str, object]]:
    games = [task for task, arm in samples if arm == rival and (task, "ce") in samples]
    pairs = [(samples[game, "ce"], samples[game, rival]) for game in games]
    for game, (ours, others) in zip(games, pairs, strict=True):
        interval, seeds = difference_interval(ours, others), min(len(ours), len(others))
        text = f"Fig. 13, {game}: score (mean return of the last evaluations), ce - {rival}"
        yield claim(text, paper, interval, seeds, above_zero(interval), GAMES.test(DIFFERENCE_TEST))
    if len(games) > 1:
        found = improvement(pairs, RESAMPLES)
        text = f"Fig. 13, {len(games)} games: probability that a seed of ce scores higher than one of {rival}"
        expected = "above 1/2" if paper == PAPER else paper
        yield claim(text, expected, found, min(map(len, sum(pairs, ()))), above(found, 0.5), GAMES.test(TOGETHER_TEST))
