"""Table 3 of Collaborative Exploration: whether CE's agents are more diverse, by our runs."""

from collections.abc import Iterator

import pandas as pd

from kmyriad.papers.collaborative.claims import CONTROL, PAPER, RESAMPLES
from kmyriad.papers.collaborative.games import TOGETHER_TEST
from kmyriad.papers.collaborative.sentences import DIVERSITY, Sentence
from kmyriad.statistics.improvement import improvement
from kmyriad.statistics.intervals import difference_interval
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above, above_zero, claim

EXCEPTED = "HalfCheetah-v5"
"""The sentence leaves it out: both sets are near-optimal there."""
MEASURES = (("divergence", "KL between agents", 1), ("information", "I(S;A), sign turned", -1))
"""Column, what it is called, and the sign with which more of it is more diverse; in the order of the sentences."""


def judge_diversity(diversity: pd.DataFrame) -> pd.DataFrame:
    """Return a row a sentence and task: CE's agents against Replica's, and against those with novelty alone (our control).

    Sentences say "usually", so over several tasks it is counted how often a seed of CE is the more diverse. `diversity` has the
    columns task, arm, seed, divergence and information, in nats.
    """
    counted = diversity[diversity["task"] != EXCEPTED]
    rows = []
    for sentence, (column, what, sign) in zip(DIVERSITY, MEASURES, strict=True):
        turned = counted.assign(value=sign * counted[column])
        found = [row for rival in ("replica", "ego") for row in _against(sentence, turned, what, rival)]
        rows += found or [sentence.not_run()]
    return pd.DataFrame(rows)


def _against(sentence: Sentence, table: pd.DataFrame, what: str, rival: str) -> Iterator[dict[str, object]]:
    samples = {key: sample.to_numpy(dtype=float) for key, sample in table.groupby(["task", "arm"], sort=False)["value"]}
    tasks = [task for task, arm in samples if arm == "ce" and (task, rival) in samples]
    pairs = [(samples[task, "ce"], samples[task, rival]) for task in tasks]
    expected = PAPER if rival == "replica" else CONTROL
    for task, (ours, others) in zip(tasks, pairs, strict=True):
        interval, seeds = difference_interval(ours, others), min(len(ours), len(others))
        text = f"{sentence.source}, {task}: {what}, ce - {rival}"
        yield claim(text, expected, interval, seeds, above_zero(interval), sentence.test(DIFFERENCE_TEST))
    if len(tasks) > 1:
        found = improvement(pairs, RESAMPLES)
        text = f"{sentence.source}, {len(tasks)} tasks: probability that a seed of ce has more than one of {rival}, {what}"
        expected = "above 1/2" if expected == PAPER else expected
        seeds = min(map(len, sum(pairs, ())))
        yield claim(text, expected, found, seeds, above(found, 0.5), sentence.test(TOGETHER_TEST.replace("game", "task")))
