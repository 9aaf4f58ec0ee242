"""Collaborative Exploration's claims: what they rest on, and who judges them."""

from kmyriad.papers.claims import Judge, of_runs
from kmyriad.papers.collaborative.claims import judge_coverage, judge_returns
from kmyriad.papers.collaborative.games import judge_games
from kmyriad.papers.collaborative.runs import TRAININGS

EVIDENCE = {
    "returns": of_runs("metrics.csv of every arm, but for games", TRAININGS),
    "games": of_runs("metrics.csv of every arm in games", TRAININGS),
    "visits": of_runs("visits.csv of every arm in the maze", TRAININGS),
}
JUDGES = (
    Judge(("returns",), lambda returns, job: judge_returns(returns)),
    Judge(("games",), lambda games, job: judge_games(games)),
    Judge(("visits",), lambda visits, job: judge_coverage(visits)),
)
