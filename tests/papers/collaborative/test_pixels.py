"""The verdict on Fig. 4, on runs whose answer is known."""

import pandas as pd
import pytest

from kmyriad.papers.collaborative.pixels import RIVALS, judge_pixels
from kmyriad.papers.collaborative.sentences import PIXELS
from kmyriad.papers.collaborative.verdicts import EVIDENCE, JUDGES

ONE, TWO = "pixels-hopper-hop", "pixels-walker-run"


def runs(task: str, arm: str, finals: list[float]) -> pd.DataFrame:
    """Two blocks; the score of the first is 99."""
    scores = [(seed, epoch, final if epoch else 99.0) for seed, final in enumerate(finals) for epoch in range(2)]
    return pd.DataFrame([{"task": task, "arm": arm, "seed": s, "epoch": e, "score": score} for s, e, score in scores])


def test_ce_is_held_against_all_four_in_each_task_and_in_all() -> None:
    rivals = ("drq", "replica", "rnd", "sunrise")
    tables = [runs(task, arm, [1, 2, 3]) for task in (ONE, TWO) for arm in rivals]
    table = judge_pixels(pd.concat([runs(ONE, "ce", [6, 7, 8]), runs(TWO, "ce", [1, 2, 3]), *tables])).set_index("claim")
    assert len(table) == 4 * 3 and RIVALS.keys() == {*rivals, "ego"}
    for rival in rivals:
        row = table.loc[f"Fig. 4, {ONE}: score (mean return of the last evaluations), ce - {rival}"]
        # sd 1 in both: 5 +- t(0.975, 4) sqrt(2 / 3) = 2.776445 * 0.816497.
        assert (row["ours"], row["low"], row["high"]) == pytest.approx((5, 5 - 2.266958, 5 + 2.266958), abs=1e-5)
        assert (row["verdict"], row["paper"], row["n"]) == ("supported", "above 0", 3)
        assert table.loc[f"Fig. 4, {TWO}: score (mean return of the last evaluations), ce - {rival}", "verdict"] == "undecided"
        both = table.loc[f"Fig. 4, 2 tasks: probability that a seed of ce scores higher than one of {rival}"]
        # All 9 pairs of the one; of the other 3 are better and 3 level, which count half: 4.5 of 9.
        assert both["ours"] == pytest.approx(0.75)


def test_where_nothing_was_run_it_says_what_would() -> None:
    row = PIXELS.not_run()
    assert row["n"] == 0 and "not run at this scale" in row["test"] and "config/pixels.yaml -- ce_fig4" in row["test"]
    assert "pixels" in EVIDENCE and [judge.names for judge in JUDGES].count(("pixels",)) == 1
