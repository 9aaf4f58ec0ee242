"""Tables 2, 7 and 9 and Figs. 7, 9 and 12 of Collaborative Exploration: the sentences about arms, and our runs beside them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from kmyriad.papers.collaborative.claims import BEST, IQM_TEST, RESAMPLES, final_scores
from kmyriad.papers.collaborative.sentences import SCORES, Pair, Sentence
from kmyriad.settings.collaborative.tasks import GYMNASIUM
from kmyriad.statistics.intervals import Interval, difference_interval
from kmyriad.statistics.iqm import iqm_difference
from kmyriad.statistics.spread import variance_ratio
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above, above_zero, claim

VARIANCE_TEST = "F interval of the ratio of variances over seeds, 95 %, must lie above 1"
VALUES = {"score": "score", "intrinsic_std": "standard deviation of the intrinsic reward"}
Samples = dict[Pair, np.ndarray]
"""A value a seed, by task and arm."""


class Way(NamedTuple):
    """How two samples are compared."""

    sign: str
    level: int
    test: str


WAYS = {"mean": Way("-", 0, DIFFERENCE_TEST), "variance": Way("/", 1, VARIANCE_TEST)}


def judge_ablations(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return a row a sentence, pair of its arms and task on which both were trained; one row in all where there is no such task.

    Pairs that were compared by their score on several tasks have a row of these together, in IQMs; Gymnasium's tasks and the maze
    have scores of other sizes and are none of these. `metrics` has the columns task, arm, seed, epoch, score and intrinsic_std.
    """
    spread = metrics.groupby(["task", "arm", "seed"], sort=False)["intrinsic_std"].mean().reset_index()
    tables = {"score": final_scores(metrics), "intrinsic_std": spread.dropna()}
    samples = {name: _samples(table, name) for name, table in tables.items()}
    rows = []
    for sentence in SCORES:
        found = [row for pair in sentence.pairs for row in _against(sentence, pair, samples[sentence.value])]
        rows += found or [sentence.not_run()]
    return pd.DataFrame(rows)


def _samples(table: pd.DataFrame, value: str) -> Samples:
    return {key: sample.to_numpy(dtype=float) for key, sample in table.groupby(["task", "arm"], sort=False)[value]}


def _against(sentence: Sentence, pair: Pair, samples: Samples) -> Iterator[dict[str, object]]:
    first, second = pair
    tasks = [task for task, arm in samples if arm == first and (task, second) in samples]
    tasks = [task for task in tasks if task in sentence.tasks or not sentence.tasks]
    way = WAYS[sentence.of]
    what = f"{VALUES[sentence.value]}, {first} {way.sign} {second}"
    for task in tasks:
        both = samples[task, first], samples[task, second]
        interval = _compare(sentence, *both)
        verdict, seeds = above(interval, way.level), min(map(len, both))
        yield claim(f"{sentence.source}, {task}: {what}", sentence.expected, interval, seeds, verdict, sentence.test(way.test))
    suite = [task for task in tasks if task not in ("maze", *GYMNASIUM)]
    if len(suite) > 1 and (sentence.value, sentence.of) == ("score", "mean"):
        yield _together(sentence, pair, [tuple(samples[task, arm] for arm in pair) for task in suite])


def _compare(sentence: Sentence, first: np.ndarray, second: np.ndarray) -> Interval:
    return (variance_ratio if sentence.of == "variance" else difference_interval)(first, second)


def _together(sentence: Sentence, pair: Pair, scores: list[tuple[np.ndarray, ...]]) -> dict[str, object]:
    ours, others = ([both[place] / BEST for both in scores] for place in range(2))
    interval = iqm_difference(ours, others, RESAMPLES)
    text = f"{sentence.source}, {len(scores)} tasks: IQM of score / {BEST:g}, {pair[0]} - {pair[1]}"
    return claim(text, "above 0", interval, min(map(len, [*ours, *others])), above_zero(interval), sentence.test(IQM_TEST))
