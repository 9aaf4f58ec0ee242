"""Table 3 of Collaborative Exploration: whether CE's agents are more diverse, by our runs."""

from collections.abc import Iterator

import pandas as pd

from kmyriad.papers.collaborative.claims import CONTROL, PAPER
from kmyriad.papers.collaborative.games import held_against
from kmyriad.papers.collaborative.sentences import DIVERSITY, Sentence

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
    expected = PAPER if rival == "replica" else CONTROL
    yield from held_against(samples, rival, expected, sentence, (what, f"has more than one of {{rival}}, {what}"), "task")
