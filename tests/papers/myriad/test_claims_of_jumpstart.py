"""Claims about PPO, on success curves whose answer is known."""

import pandas as pd
import pytest

from kmyriad.papers.myriad.claims.jumpstart import judge_jumpstart, judge_reach


def runs(init: str, early: float, late: float, environment: str = "ant-maze", goals: int = 2) -> pd.DataFrame:
    """Return ten epochs of success, `early` in the first five and `late` in the others, for goals x 2 seeds.

    Every run differs from the next by 0.01, so that only pairing shows a difference as exact.
    """
    rows = [
        (environment, init, goal, seed, epoch, (early if epoch < 5 else late) + 0.01 * (2 * goal + seed))
        for goal in range(goals)
        for seed in range(2)
        for epoch in range(10)
    ]
    return pd.DataFrame(rows, columns=["environment", "init", "goal", "seed", "epoch", "success"])


def verdicts(table: pd.DataFrame) -> dict[str, tuple[float, int, str]]:
    return {row.claim: (round(row.ours, 9), row.n, row.verdict) for row in table.itertuples()}


def test_runs_are_paired_by_goal_and_seed() -> None:
    table = judge_jumpstart(pd.concat([runs("heads50", 0.5, 0.6), runs("heads1", 0.2, 0.7), runs("random", 0.0, 0.1)]))
    early = "success of PPO from heads50 above that from heads1, early"
    late = "success of PPO from heads50 above that from random, finally"
    assert verdicts(table)[f"ant-maze: {early}"] == (0.3, 4, "supported")
    assert verdicts(table)[f"ant-maze: {late}"] == (0.5, 4, "supported")
    assert len(table) == 6, "three claims, for one environment and for all"


def test_all_environments_together() -> None:
    parts = [
        runs("heads50", 0.5, 0.5, "ant-maze"),
        runs("heads1", 0.4, 0.4, "ant-maze"),
        runs("heads50", 0.1, 0.1, "ant-cave"),
        runs("heads1", 0.4, 0.4, "ant-cave"),
    ]
    table = verdicts(judge_jumpstart(pd.concat(parts)))
    early = "success of PPO from heads50 above that from heads1, early"
    assert table[f"ant-cave: {early}"] == (-0.3, 4, "not supported")
    # Four differences of 0.1 and four of -0.3: mean -0.1, sd 0.2138, standard error 0.0756, times t(0.975, 7) = 2.365.
    assert table[f"all environments: {early}"] == (-0.1, 8, "undecided")


def test_only_runs_that_have_a_partner_count() -> None:
    table = judge_jumpstart(pd.concat([runs("heads50", 0.5, 0.5, goals=1), runs("heads1", 0.4, 0.4, goals=2)]))
    assert set(table["n"]) == {2}


def test_nothing_to_compare() -> None:
    assert judge_jumpstart(runs("heads5", 0.5, 0.5)).empty


def test_goals_inside_and_outside() -> None:
    outside = pd.concat([runs("random", 0.0, 0.1), runs("heads50", 0.0, 0.9)])
    table = judge_reach(outside, runs("random", 0.0, 0.8))
    (row,) = table.itertuples()
    assert row.claim.startswith("ant-maze: final success of PPO from random at goals inside above")
    assert row.ours == pytest.approx(0.7)
    assert (row.n, row.verdict) == (4, "supported")
