"""Collaborative Exploration's claims: what they rest on, and who judges them."""

from collections.abc import Sequence

import pandas as pd

from kmyriad.papers.claims import Judge, of_runs
from kmyriad.papers.collaborative.ablations import judge_ablations
from kmyriad.papers.collaborative.claims import judge_coverage, judge_returns
from kmyriad.papers.collaborative.evaluations import judge_evaluation
from kmyriad.papers.collaborative.games import judge_games
from kmyriad.papers.collaborative.goals import judge_goals
from kmyriad.papers.collaborative.pixels import judge_pixels
from kmyriad.papers.collaborative.runs import TRAININGS
from kmyriad.papers.collaborative.sentences import DIFFERS, DIVERSITY, GAMES, GOALS, IMPROVES, PIXELS, SCORES, STEADIES, Sentence
from kmyriad.papers.collaborative.unlike import judge_diversity


def _not_run(sentences: Sequence[Sentence]) -> pd.DataFrame:
    return pd.DataFrame([sentence.not_run() for sentence in sentences])


EVIDENCE = {
    "returns": of_runs("metrics.csv of every arm, but for pictures", TRAININGS),
    "diversity": of_runs("diversity.csv of the arms of Table 3", TRAININGS),
    "pixels": of_runs("metrics.csv of every arm on pictures of a camera", TRAININGS),
    "games": of_runs("metrics.csv of every arm in games", TRAININGS),
    "visits": of_runs("visits.csv of every arm in the maze", TRAININGS),
}
JUDGES = (
    Judge(("returns",), lambda returns, job: judge_returns(returns)),
    Judge(("visits",), lambda visits, job: judge_coverage(visits)),
    Judge(("returns",), lambda returns, job: judge_ablations(returns), lambda: _not_run(SCORES)),
    Judge(("diversity",), lambda diversity, job: judge_diversity(diversity), lambda: _not_run(DIVERSITY)),
    Judge(("visits",), lambda visits, job: judge_goals(visits), lambda: _not_run(GOALS)),
    Judge(("returns",), lambda returns, job: judge_evaluation(returns), lambda: _not_run((IMPROVES, STEADIES, DIFFERS))),
    Judge(("pixels",), lambda pixels, job: judge_pixels(pixels), lambda: _not_run((PIXELS,))),
    Judge(("games",), lambda games, job: judge_games(games), lambda: _not_run((GAMES,))),
)
