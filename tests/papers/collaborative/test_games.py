"""The verdict on Fig. 13, on runs whose answer is known."""

import pandas as pd
import pytest

from kmyriad.papers.collaborative.games import judge_games
from kmyriad.papers.collaborative.verdicts import EVIDENCE, JUDGES


def runs(task: str, arm: str, finals: list[float]) -> pd.DataFrame:
    """Two blocks; the score of the first is 99."""
    scores = [(seed, epoch, final if epoch else 99.0) for seed, final in enumerate(finals) for epoch in range(2)]
    return pd.DataFrame([{"task": task, "arm": arm, "seed": s, "epoch": e, "score": score} for s, e, score in scores])


def test_each_game_and_all_together() -> None:
    breakout = [runs("minatar-breakout", "ce", [6, 7, 8]), runs("minatar-breakout", "dqn", [1, 2, 3])]
    asterix = [runs("minatar-asterix", "ce", [0.5, 0.6, 0.9]), runs("minatar-asterix", "dqn", [0.1, 0.2, 0.7])]
    table = judge_games(pd.concat([*breakout, *asterix, runs("minatar-breakout", "shift", [6, 7, 8])])).set_index("claim")
    assert len(table) == 4
    row = table.loc["Fig. 13, minatar-breakout: score (mean return of the last evaluations), ce - dqn"]
    # sd 1 in both: 5 +- t(0.975, 4) sqrt(2 / 3) = 2.776445 * 0.816497.
    assert (row["ours"], row["low"], row["high"]) == pytest.approx((5, 5 - 2.266958, 5 + 2.266958), abs=1e-5)
    assert (row["verdict"], row["paper"], row["n"]) == ("supported", "above 0", 3)
    shifted = table.loc["Fig. 13, minatar-breakout: score (mean return of the last evaluations), ce - shift"]
    assert (shifted["verdict"], shifted["paper"]) == ("undecided", "not tested (our control)")
    both = table.loc["Fig. 13, 2 games: probability that a seed of ce scores higher than one of dqn"]
    # All 9 pairs of Breakout; in Asterix 0.7 beats two of three: 7 of 9.
    assert (both["ours"], both["verdict"], both["paper"]) == (pytest.approx(8 / 9), "supported", "above 1/2")
    assert 0.5 < both["low"] < 8 / 9 < both["high"] <= 1


def test_a_worse_ce_is_not_supported() -> None:
    table = judge_games(
        pd.concat([runs("a", "ce", [1, 1.1]), runs("a", "dqn", [5, 5.1]), runs("b", "ce", [1, 1]), runs("b", "dqn", [5, 5])])
    )
    assert set(table["verdict"]) == {"not supported"} and len(table) == 3


def test_the_verdict_is_typed_as_the_others() -> None:
    assert "games" in EVIDENCE and [judge.names for judge in JUDGES].count(("games",)) == 1
