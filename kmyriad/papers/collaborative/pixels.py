"""Fig. 4 of Collaborative Exploration: the claim about pictures, and how our runs are held against it."""

import pandas as pd

from kmyriad.papers.collaborative.claims import CONTROL, PAPER
from kmyriad.papers.collaborative.games import judge_scores
from kmyriad.papers.collaborative.sentences import PIXELS
from kmyriad.settings.collaborative.study import FIG_4

RIVALS = {**{arm: PAPER for arm in FIG_4 if arm != "ce"}, "ego": CONTROL}
"""What CE is held against: all that Fig. 4 shows; and the same agents, each with its own novelty alone."""


def judge_pixels(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return a row a task and rival of CE that was trained, CE's score is higher; rivals of several tasks also have one of all.

    `metrics` has the columns task, arm, seed, epoch and score.
    """
    return judge_scores(metrics, RIVALS, PIXELS, "task")
