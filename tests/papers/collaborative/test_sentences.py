"""The paper's sentences beside Table 1, on runs whose verdict is known."""

import numpy as np
import pandas as pd
import pytest

from kmyriad.papers.collaborative.ablations import judge_ablations
from kmyriad.papers.collaborative.evaluations import judge_evaluation
from kmyriad.papers.collaborative.goals import both_found, judge_goals
from kmyriad.papers.collaborative.results import results
from kmyriad.papers.collaborative.sentences import DIFFERS, DIVERSITY, GAMES, GOALS, IMPROVES, PIXELS, SCORES, STEADIES
from kmyriad.papers.collaborative.unlike import judge_diversity
from kmyriad.papers.collaborative.verdicts import EVIDENCE, JUDGES
from kmyriad.settings.collaborative.study import KNOWN
from kmyriad.settings.config import Config

ALL = (*SCORES, *DIVERSITY, *GOALS, IMPROVES, STEADIES, DIFFERS, PIXELS, GAMES)
SUITE, FISH, GYM = "pendulum-swingup", "fish-swim", "Hopper-v5"


def runs(task: str, arm: str, scores: list[float], spread: float = 0.1) -> pd.DataFrame:
    """Two blocks a seed: the score of the first is 99, the first has made no update."""
    rows = [
        {"task": task, "arm": arm, "seed": seed, "epoch": epoch, "score": final if epoch else 99.0}
        | {"intrinsic_std": spread + seed / 1000 if epoch else np.nan}
        for seed, final in enumerate(scores)
        for epoch in range(2)
    ]
    return pd.DataFrame(rows)


def judged(*tables: pd.DataFrame) -> pd.DataFrame:
    return judge_ablations(pd.concat(tables)).set_index("claim")


@pytest.mark.parametrize(
    ("better", "worse", "source"),
    [
        ("rnd_ce", "rnd", "Table 2"),
        ("rnd_ce", "rnd_replica", "Table 2"),
        ("ce", "k5", "Table 9"),
        ("ce", "k10", "Table 9"),
        ("ce", "k30", "Table 9"),
        ("replica_eps_collab", "replica", "Fig. 7"),
        ("replica_eps_collab", "replica_ucb", "Fig. 7"),
        ("replica_eps_collab", "replica_softmax", "Fig. 7"),
        ("ce", "multihead", "Fig. 9"),
        ("multihead", "replica", "Fig. 9"),
        ("sac_ups2", "sac", "Fig. 12"),
        ("sac_ups3", "sac", "Fig. 12"),
        ("ce", "sac_ups3", "Fig. 12"),
    ],
)
def test_what_each_sentence_compares(better: str, worse: str, source: str) -> None:
    row = judged(runs(SUITE, better, [6, 7, 8]), runs(SUITE, worse, [1, 2, 3])).loc[
        f"{source}, {SUITE}: score, {better} - {worse}"
    ]
    # sd 1 in both: 5 +- t(0.975, 4) sqrt(2 / 3) = 2.776445 * 0.816497.
    assert (row["ours"], row["low"], row["high"]) == pytest.approx((5, 5 - 2.266958, 5 + 2.266958), abs=1e-5)
    assert (row["verdict"], row["paper"], row["n"]) == ("supported", "above 0", 3)
    turned = judged(runs(SUITE, better, [1, 2, 3]), runs(SUITE, worse, [6, 7, 8]))
    assert turned.loc[f"{source}, {SUITE}: score, {better} - {worse}", "verdict"] == "not supported"
    alike = judged(runs(SUITE, better, [1, 2, 3]), runs(SUITE, worse, [1, 2, 3]))
    assert alike.loc[f"{source}, {SUITE}: score, {better} - {worse}", "verdict"] == "undecided"


def test_more_agents_help_in_fish_swim_and_vary_more_anywhere() -> None:
    few, many = [200.0, 201, 202, 203, 204], [100.0, 400, 700, 1000, 1300]
    found = judged(*(runs(task, arm, scores) for task in (SUITE, FISH) for arm, scores in (("ce", few), ("ce16", many))))
    assert f"Table 7, {SUITE}: score, ce16 - ce" not in found.index
    assert found.loc[f"Table 7, {FISH}: score, ce16 - ce", "ours"] == pytest.approx(498)
    row = found.loc[f"Table 7, {SUITE}: score, ce16 / ce"]
    # 300^2; F(0.975; 4, 4) = 9.6045.
    assert (row["ours"], row["low"]) == pytest.approx((90_000, 90_000 / 9.6045), rel=1e-4)
    assert (row["verdict"], row["paper"]) == ("supported", "above 1")
    steady = judged(runs(SUITE, "replica", many), runs(SUITE, "replica64", few))
    assert steady.loc[f"Table 7, {SUITE}: score, replica64 / replica", "verdict"] == "not supported"
    assert (
        judged(runs(SUITE, "ce", few), runs(SUITE, "ce8", few)).loc[f"Table 7, {SUITE}: score, ce8 / ce", "verdict"]
        == "undecided"
    )


def test_the_reward_of_few_neighbours_varies_less() -> None:
    name = f"Table 9, {SUITE}: standard deviation of the intrinsic reward, ce - k5"
    flat = judged(runs(SUITE, "ce", [1, 2, 3], spread=0.2), runs(SUITE, "k5", [1, 2, 3], spread=0.05))
    assert (flat.loc[name, "ours"], flat.loc[name, "verdict"]) == (pytest.approx(0.15), "supported")
    assert judged(runs(SUITE, "ce", [1, 2]), runs(SUITE, "k5", [1, 2])).loc[name, "verdict"] == "undecided"


def test_tasks_together_are_those_of_the_suite() -> None:
    tables = [runs(task, arm, scores) for task in (SUITE, FISH, GYM) for arm, scores in (("ce", [500, 500]), ("k5", [100, 100]))]
    found = judged(*tables)
    row = found.loc["Table 9, 2 tasks: IQM of score / 1000, ce - k5"]
    assert (row["ours"], row["verdict"]) == (pytest.approx(0.4), "supported")
    assert f"Table 9, {GYM}: score, ce - k5" in found.index


def test_what_was_not_run_says_what_runs_it() -> None:
    found = judge_ablations(runs(SUITE, "ce", [1, 2]))
    assert found["claim"].tolist() == [f"{sentence.source}: {sentence.says}" for sentence in SCORES]
    assert set(found["verdict"]) == {"undecided"} and set(found["n"]) == {0} and found["ours"].isna().all()
    assert "`snakemake --cores all --configfile config/paper.yaml -- ce_table2`" in found["test"].iloc[0]


def test_every_sentence_is_of_something_that_its_scale_makes() -> None:
    paper = Config.model_validate({"environments": ["ant-empty"], "collaborative": {"blocks": "paper"}})
    made = {result.name for result in results(paper)}
    assert {sentence.rule for sentence in ALL if sentence.config == "paper"} <= made
    assert {arm for sentence in ALL for pair in sentence.pairs for arm in pair} <= set(KNOWN)
    assert GAMES.config == "minatar"


def diversity(task: str, arm: str, divergence: list[float], information: list[float]) -> pd.DataFrame:
    rows = zip(divergence, information, strict=True)
    return pd.DataFrame(
        [{"task": task, "arm": arm, "seed": s, "divergence": d, "information": i} for s, (d, i) in enumerate(rows)]
    )


def test_diverse_agents_diverge_more_and_tell_less() -> None:
    tables = [diversity(GYM, "ce", [6, 7, 8], [1.0, 1.1, 1.2]), diversity(GYM, "replica", [1, 2, 3], [3.0, 3.1, 3.2])]
    found = judge_diversity(pd.concat(tables)).set_index("claim")
    assert found.loc[f"Table 3, {GYM}: KL between agents, ce - replica", ["ours", "verdict"]].tolist() == [5, "supported"]
    row = found.loc[f"Table 3, {GYM}: I(S;A), sign turned, ce - replica"]
    assert (row["ours"], row["verdict"], row["paper"]) == (pytest.approx(2), "supported", "above 0")
    swapped = pd.concat(tables).replace({"arm": {"ce": "replica", "replica": "ce"}})
    assert set(judge_diversity(swapped)["verdict"]) == {"not supported"}
    # Table 3's sentence excepts HalfCheetah.
    excepted = judge_diversity(pd.concat(tables).replace({"task": {GYM: "HalfCheetah-v5"}}))
    assert set(excepted["n"]) == {0} and len(excepted) == 2


def test_diversity_over_several_tasks_is_counted() -> None:
    first = [diversity("Ant-v5", "ce", [6, 7, 8], [1, 1, 1]), diversity("Ant-v5", "replica", [1, 2, 3], [2, 2, 2])]
    second = [diversity(GYM, "ce", [0.5, 0.6, 0.9], [1, 1, 1]), diversity(GYM, "replica", [0.1, 0.2, 0.7], [2, 2, 2])]
    found = judge_diversity(pd.concat([*first, *second, diversity(GYM, "ego", [0.5, 0.6, 0.9], [1, 1, 1])])).set_index("claim")
    row = found.loc["Table 3, 2 tasks: probability that a seed of ce has more than one of replica, KL between agents"]
    # All 9 pairs, and 7 of 9: 0.7 beats two of three.
    assert (row["ours"], row["verdict"], row["paper"]) == (pytest.approx(8 / 9), "supported", "above 1/2")
    ego = found.loc[f"Table 3, {GYM}: KL between agents, ce - ego"]
    assert (ego["verdict"], ego["paper"]) == ("undecided", "not tested (our control)")


def visits(arm: str, *goals: str) -> pd.DataFrame:
    """Seeds whose two agents were at the upper (U) and lower (L) goal; all were in the cell beside the upper one."""
    cells = {"U": (1, 7), "L": (7, 7)}
    rows = [
        {"task": "maze", "arm": arm, "seed": seed, "agent": place % 2, "row": row, "column": column}
        for seed, found in enumerate(goals)
        for place, (row, column) in enumerate([(1, 6), *(cells[letter] for letter in found)])
    ]
    return pd.DataFrame(rows)


def test_both_goals_of_a_set() -> None:
    assert both_found(visits("ce", "U", "", "LU", "UU"))["both"].tolist() == [False, False, True, False]


def test_sets_that_find_both_goals() -> None:
    tables = [visits("ce", *["UL"] * 8), visits("independent", *["U"] * 8), visits("shift", *["UL"] * 8)]
    found = judge_goals(pd.concat(tables)).set_index("claim")
    what = "Fig. 5, maze: share of seeds in which the set finds both goals"
    row = found.loc[f"{what}, ce - independent"]
    # Wilson's bounds of 8 of 8 and 0 of 8 are z^2 / (8 + z^2) = 0.324410 away: 1 - sqrt(2) * 0.324410.
    assert (row["ours"], row["low"], row["high"]) == pytest.approx((1, 1 - 2**0.5 * 0.324410, 1), abs=1e-5)
    assert (row["verdict"], row["paper"], row["n"]) == ("supported", "above 0", 8)
    assert found.loc[f"{what}, ce - shift", ["verdict", "paper"]].tolist() == ["undecided", "not tested (our control)"]
    assert found.loc[f"{what}, shift - independent", "verdict"] == "supported"
    alone = found.loc[f"{what}, independent"]
    assert (alone["ours"], alone["verdict"], alone["paper"]) == (0, "supported", "0")
    # One seed that finds both is enough against "fail to find".
    once = judge_goals(pd.concat([visits("ce", *["UL"] * 8), visits("independent", "UL", *["U"] * 7)])).set_index("claim")
    assert once.loc[f"{what}, independent", "verdict"] == "not supported"
    turned = judge_goals(pd.concat([visits("independent", *["UL"] * 8), visits("ce", *["U"] * 8)])).set_index("claim")
    assert turned.loc[f"{what}, ce - independent", "verdict"] == "not supported"
    assert set(judge_goals(visits("ce", "UL"))["n"]) == {0}


def ways(task: str, first: list[float], chosen: list[float], spread: float) -> pd.DataFrame:
    """Eleven evaluations a seed, of which the first, 900, is too old to count; two agents, `spread` to either side of 10."""
    rows = []
    for seed, (own, other) in enumerate(zip(first, chosen, strict=True)):
        for block in range(11):
            old = 900.0 if block == 0 else None
            values = {"evaluation": own, "evaluation_softmax": other, "evaluation_q_classifier": own, "evaluation_set_mean": 0.0}
            values |= {"evaluation_agent0": 10 - spread - seed / 100, "evaluation_agent1": 10 + spread}
            row = {name: value if old is None else old for name, value in values.items()}
            rows.append({"task": task, "arm": "replica_ways", "seed": seed, "env_steps": 100 * (block + 1), **row})
    return pd.DataFrame(rows)


def test_choosing_is_better_and_steadier() -> None:
    first, chosen = [100.0, 500, 150, 480, 300], [600.0, 609, 604, 600, 603]
    table = ways(FISH, first, chosen, 5)
    found = judge_evaluation(table).set_index("claim")
    row = found.loc[f"Fig. 8, {FISH}: score, softmax - first agent"]
    gains = np.subtract(chosen, first)
    # t(0.975, 4) = 2.776445
    half = 2.776445 * gains.std(ddof=1) / 5**0.5
    assert (row["ours"], row["low"]) == pytest.approx((gains.mean(), gains.mean() - half), abs=1e-3)
    assert (row["verdict"], row["n"]) == ("supported", 5)
    steadier = found.loc[f"Fig. 8, {FISH}: variance of the score over seeds, first agent / softmax"]
    assert steadier["ours"] == pytest.approx(np.var(first) / np.var(chosen)) and steadier["verdict"] == "supported"
    assert found.loc[f"Fig. 8, {FISH}: score, QClassifier - first agent", "verdict"] == "undecided"
    turned = table.rename(columns={"evaluation": "evaluation_softmax", "evaluation_softmax": "evaluation"})
    worse = judge_evaluation(turned).set_index("claim")["verdict"]
    assert worse[f"Fig. 8, {FISH}: score, softmax - first agent"] == "not supported"
    assert worse[f"Fig. 8, {FISH}: variance of the score over seeds, first agent / softmax"] == "not supported"


def test_agents_differ_more_where_it_is_hard() -> None:
    hard, easy = ways(FISH, [1, 2, 3], [1, 2, 3], 200), ways("cheetah-run", [1, 2, 3], [1, 2, 3], 5)
    name = "Fig. 8: standard deviation of the agents' scores, fish-swim - cheetah-run"
    row = judge_evaluation(pd.concat([hard, easy])).set_index("claim").loc[name]
    # Two agents 2 s apart have the standard deviation s sqrt(2).
    assert (row["ours"], row["verdict"]) == (pytest.approx(195 * 2**0.5), "supported")
    assert judge_evaluation(hard)["n"].tolist() == [3, 3, 3, 3, 0]
    assert judge_evaluation(runs(SUITE, "ce", [1, 2]))["n"].tolist() == [0, 0, 0]


def test_evidence_that_is_not_there_is_not_run() -> None:
    missing = pd.concat([judge.missing() for judge in JUDGES])
    assert missing["claim"].tolist() == [f"{sentence.source}: {sentence.says}" for sentence in ALL]
    assert {name for judge in JUDGES for name in judge.names} == EVIDENCE.keys()
