"""Claims about Collaborative Exploration, on runs whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from kmyriad.papers.collaborative.claims import FREE, coverage, final_scores, judge_coverage, judge_returns, steps_to_threshold
from kmyriad.papers.collaborative.printed import PRINTED
from kmyriad.statistics.iqm import iqm, iqm_difference, iqm_interval


def test_iqm_of_eight_and_of_six() -> None:
    # 2 of 8 left out at each end: (2 + 3 + 4 + 5) / 4. Of 6, floor(1.5) = 1: (2 + 3 + 4 + 5) / 4.
    assert iqm(np.array([100.0, 3, 1, 4, 5, 2, 6, -50])) == pytest.approx(3.5)
    assert iqm(np.array([9.0, 2, 3, 4, 5, 0])) == pytest.approx(3.5)
    assert iqm(np.array([[1.0, 7], [2, 4]])).tolist() == [4, 3]  # of two, none is left out


def test_resamples_are_drawn_within_each_task() -> None:
    # Both tasks' scores are constant: any resample has as many 1 as 9 and the IQM 5. Without strata it would vary.
    interval = iqm_interval([np.full(4, 1.0), np.full(4, 9.0)], 200)
    assert interval == pytest.approx((5, 5, 5))


def test_bootstrap_interval_of_one_task_is_that_of_its_means() -> None:
    # Seeds 0 and 1: resamples have the means 0, 1/2, 1 with probabilities 1/4, 1/2, 1/4, so the 95 % interval is [0, 1].
    assert iqm_interval([np.array([0.0, 1.0])], 1000) == pytest.approx((0.5, 0, 1))
    assert iqm_interval([np.array([3.0])], 10) == (3, -np.inf, np.inf)


def test_bootstrap_interval_of_a_difference() -> None:
    pair, zeros = [np.array([0.0, 1.0])], [np.zeros(2)]
    assert iqm_difference(pair, zeros, 1000) == pytest.approx((0.5, 0, 1))
    # Resampled each on its own, the difference is -1 and 1 with probability 1/16 each; together it would always be 0.
    assert iqm_difference(pair, pair, 1000) == pytest.approx((0, -1, 1))
    assert iqm_difference(pair, [np.zeros(1)], 10) == (0.5, -np.inf, np.inf)


def runs(task: str, arm: str, finals: list[float], found: list[int | None]) -> pd.DataFrame:
    """Ten blocks of 100 steps; score is 10 but for the last, task_return exceeds 100 from block `found` on."""
    rows = [
        {"task": task, "arm": arm, "seed": seed, "epoch": block, "env_steps": 100 * (block + 1)}
        | {"score": final if block == 9 else 10.0, "task_return": 100.0 + (at is not None and block >= at)}
        for seed, (final, at) in enumerate(zip(finals, found, strict=True))
        for block in range(10)
    ]
    return pd.DataFrame(rows)


def metrics() -> pd.DataFrame:
    ce = runs("pendulum-swingup", "ce", [500, 510, 520], [1, 2, 3])
    replica = runs("pendulum-swingup", "replica", [0, 0, 0], [None] * 3)
    ego = runs("pendulum-swingup", "ego", [500, 510, 520], [1, 2, 3])
    return pd.concat([replica, ego, ce], ignore_index=True)


def test_score_is_that_of_the_last_block() -> None:
    table = final_scores(metrics().sample(frac=1, random_state=0)).set_index(["arm", "seed"])["score"]
    assert table["ce"].sort_index().tolist() == [500, 510, 520]


def test_steps_to_the_threshold() -> None:
    # A return of exactly 100 is not above it. Who never gets there has made all 1000 steps.
    table = steps_to_threshold(metrics()).set_index(["arm", "seed"])
    assert table.loc["ce", "steps"].tolist() == [200, 300, 400]
    assert table.loc["ce", "reached"].all()
    assert table.loc["replica", "steps"].tolist() == [1000] * 3
    assert not table.loc["replica", "reached"].any()


def test_judged_returns() -> None:
    table = judge_returns(metrics()).set_index("claim")
    # Rivals that were not trained (sac, sac_knn) have no row.
    assert len(table) == 4
    row = table.loc["pendulum-swingup: score (mean return of the last evaluations), ce - replica"]
    # sd 10, / sqrt(3) = 5.7735, t(0.975, 2) = 4.302653: 24.841; replica does not vary.
    assert (row["ours"], row["low"], row["high"]) == pytest.approx((510, 510 - 24.841, 510 + 24.841), abs=1e-3)
    assert (row["verdict"], row["n"], row["paper"]) == ("supported", 3, "above 0")
    steps = table.loc["pendulum-swingup: environment steps saved to a return above 100, ce - replica"]
    assert (steps["ours"], steps["verdict"]) == (pytest.approx(700), "supported")
    ego = table.loc["pendulum-swingup: score (mean return of the last evaluations), ce - ego"]
    assert (ego["ours"], ego["verdict"], ego["paper"]) == (pytest.approx(0), "undecided", "not tested (our control)")
    turned = metrics().replace({"arm": {"ce": "replica", "replica": "ce"}})
    assert set(judge_returns(turned)["verdict"]) == {"not supported"}


def test_tasks_together() -> None:
    swung = metrics()
    both = pd.concat(
        [swung, swung.replace({"task": {"pendulum-swingup": "fish-swim"}}), runs("fish-swim", "sac", [1, 2], [1, 1])]
    )
    table = judge_returns(both).set_index("claim")
    # Of the three scores 500, 510, 520 of each task, one of the six is left out at each end; replica's are 0.
    row = table.loc["2 tasks: IQM of score / 1000, ce - replica"]
    assert (row["ours"], row["verdict"], row["n"], row["paper"]) == (pytest.approx(0.51), "supported", 3, "above 0")
    assert 0.5 <= row["low"] < row["ours"] < row["high"] <= 0.52
    assert table.loc["2 tasks: IQM of score / 1000, ce - ego", "verdict"] == "undecided"
    # SAC was trained on one of them only.
    assert not any("ce - sac" in name for name in table.index if "tasks" in name)


def visits(arm: str, cells: dict[int, list[int]], seeds: int = 2) -> pd.DataFrame:
    """Each agent's columns of row 4, the first at step 10, the next at 20, ...; every seed but the first sees one column more."""
    rows = [
        {"task": "maze", "arm": arm, "seed": seed, "agent": agent, "row": 4, "column": column, "first": 10 * (place + 1)}
        for seed in range(seeds)
        for agent, columns in cells.items()
        for place, column in enumerate([*columns, *([8] if seed else [])])
    ]
    return pd.DataFrame(rows)


def test_coverage_and_overlap() -> None:
    table = pd.concat([visits("ce", {0: [1, 2, 3], 1: [3, 4]}, seeds=1), visits("replica", {0: [1], 1: [1]}, seeds=1)])
    found = coverage(table).set_index("arm")
    # Columns 1 to 4, of which only 3 was visited by both.
    assert found.loc["ce", ["covered", "overlap"]].tolist() == pytest.approx([4 / FREE, 1 / 4])
    assert found.loc["replica", ["covered", "overlap"]].tolist() == pytest.approx([1 / FREE, 1])
    # After 20 steps agent 0 has been in 1 and 2, agent 1 in 3 and 4.
    assert coverage(table, 20).set_index("arm").loc["ce", ["covered", "overlap"]].tolist() == pytest.approx([4 / FREE, 0])
    assert FREE == 39  # counted in the drawing: 6 + 4 + 6 + 7 + 6 + 4 + 6


def test_judged_coverage() -> None:
    table = judge_coverage(pd.concat([visits("ce", {0: [1, 2, 3], 1: [4, 5]}), visits("independent", {0: [1], 1: [1]})]))
    assert len(table) == 2
    # 5 and 6 cells against 1 and 2.
    assert table["ours"].iloc[0] == pytest.approx(4 / FREE)
    # Shared: ce 0 of 5 and 1 of 6, independent all. 1 - overlap: mean of 1 and 5/6, against 0.
    assert table["ours"].iloc[1] == pytest.approx((1 + 5 / 6) / 2)
    assert set(table["paper"]) == {"above 0"}


def test_printed_numbers() -> None:
    assert len(PRINTED) == 15
    assert PRINTED["pendulum-swingup"]["ce"] == (841.4, 4.3)
    assert PRINTED["humanoid-walk"]["no_training"] == (517.8, 68.7)
    assert PRINTED["fish-swim"]["replica64"] == (569.5, 89.1)
    assert PRINTED["hopper-hop"]["rnd_ce"] == (267.9, 53.5)
