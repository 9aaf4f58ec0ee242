"""Collaborative Exploration's claims: what they rest on, and who judges them."""

import pandas as pd

from kmyriad.jobs.runs import read_tables
from kmyriad.papers.claims import Evidence, Judge
from kmyriad.papers.collaborative.claims import judge_coverage, judge_returns
from kmyriad.papers.collaborative.games import judge_games
from kmyriad.papers.collaborative.runs import TRAININGS
from kmyriad.settings import ClaimsJob


def _trainings(files: list[str], job: ClaimsJob) -> pd.DataFrame:
    return read_tables(files, TRAININGS)


EVIDENCE = {
    "returns": Evidence("metrics.csv of every arm, but for games", _trainings),
    "games": Evidence("metrics.csv of every arm in games", _trainings),
    "visits": Evidence("visits.csv of every arm in the maze", _trainings),
}
JUDGES = (
    Judge(("returns",), lambda returns, job: judge_returns(returns)),
    Judge(("games",), lambda games, job: judge_games(games)),
    Judge(("visits",), lambda visits, job: judge_coverage(visits)),
)
