"""Claims about parallel agents in grid worlds, on tables whose answer is known."""

from itertools import product

import pandas as pd
import pytest

from kmyriad.papers.pgpse.claims import PAIRED_TEST, finals, judge_gridworld

AGENTS, SEEDS = (2, 6), (0, 1, 2)


def curves(lead: float = 0.1) -> pd.DataFrame:
    """200 updates in blocks of 50; the last two are final. Parallel leads by `lead`, 0.02 more with 6 agents, 0.01 a seed."""
    rows = [
        {"world": "room-det", "agents": agents, "arm": arm, "seed": seed, "update": update, "support": 10 + (arm == "parallel")}
        | {"entropy": (0.5 + (arm == "parallel") * (lead + 0.005 * (agents - 2) + 0.01 * seed)) * (1 if update > 100 else 0)}
        for agents, arm, seed, update in product(AGENTS, ("parallel", "single"), SEEDS, (50, 100, 150, 200))
    ]
    return pd.DataFrame(rows)


def datasets(certain: float = 0.2) -> pd.DataFrame:
    entropy = {"parallel": 0.8, "single": 0.7, "random": 0.4}
    actions = {"parallel": certain, "single": 0.3, "random": 1.0}
    keys = pd.DataFrame(product(("room-det",), AGENTS, entropy, SEEDS), columns=["world", "agents", "source", "seed"])
    return keys.assign(entropy=keys["source"].map(entropy), action_entropy=keys["source"].map(actions))


def success() -> pd.DataFrame:
    within = {"parallel": (0.6, 0.9), "single": (0.4, 0.9), "random": (0.1, 0.3)}
    keys = pd.DataFrame(
        product(("room-det",), AGENTS, within, SEEDS, (0, 1)), columns=["world", "agents", "source", "seed", "goal"]
    )
    floor = {"world": "room-det", "agents": 0, "source": "untrained", "seed": 0, "goal": 0}
    shares = [
        {"success_horizon": within[s][0] + 0.1 * (g - 0.5), "success_long": within[s][1]} for *_, s, _, g in keys.to_numpy()
    ]
    floor |= {"success_horizon": 1.0, "success_long": 1.0}
    return pd.concat([keys.join(pd.DataFrame(shares)), pd.DataFrame([floor])], ignore_index=True)


def judged(**tables: pd.DataFrame) -> pd.DataFrame:
    return judge_gridworld(**{"curves": curves(), "datasets": datasets(), "success": success(), **tables}).set_index("claim")


def test_finals_are_the_last_hundred_updates() -> None:
    table = finals(curves()).set_index(["agents", "arm", "seed"])
    assert table.loc[(6, "parallel", 2), "entropy"] == pytest.approx(0.5 + 0.1 + 0.02 + 0.02)
    assert table.loc[(2, "single", 0), "support"] == 10


def test_final_entropy() -> None:
    # Seeds lead by 0.11, 0.12 and 0.13, each the mean of 2 and 6 agents. sd 0.01, /sqrt 3, t(0.975, 2) = 4.302653: 0.024841.
    row = judged().loc["room-det: final entropy / log(free cells), parallel - single"]
    assert row["ours"] == pytest.approx(0.12)
    assert (row["low"], row["high"]) == pytest.approx((0.12 - 0.024841, 0.12 + 0.024841), abs=1e-5)
    assert (row["n"], row["verdict"], row["paper"], row["test"]) == (3, "supported", "above 0", PAIRED_TEST)


def test_every_claim() -> None:
    table = judged()
    short = {name.partition(": ")[2].partition(" / ")[0]: row for name, row in table.iterrows()}
    assert len(table) == 7
    ours = {name: round(row["ours"], 6) for name, row in short.items()}
    assert ours["distinct cells visited at the end, parallel - single"] == 1
    assert ours["success of offline Q-learning within the horizon + 1 steps, parallel - single"] == 0.2
    assert ours["action entropy"] == 0.1
    data = table[table.index.str.contains("data-set entropy")]
    assert [name.partition("), ")[2] for name in data.index] == ["parallel - single", "single - random"]
    assert data["ours"].tolist() == pytest.approx([0.1, 0.3])
    # No difference at all within the long limit: the interval is the point 0, which is not above 0.
    assert short["success of offline Q-learning within the long limit, parallel - single"]["verdict"] == "undecided"


def test_the_opposite_is_not_supported() -> None:
    table = judged(curves=curves(lead=-0.3), datasets=datasets(certain=0.5))
    assert table.loc["room-det: final entropy / log(free cells), parallel - single", "verdict"] == "not supported"
    assert table.loc["room-det: action entropy / log 4, single - parallel", "verdict"] == "not supported"


def test_pairs_that_are_not_complete_do_not_count() -> None:
    table = curves()
    lone = table[(table["arm"] == "parallel") | (table["seed"] != 2)]
    assert judged(curves=lone).loc["room-det: final entropy / log(free cells), parallel - single", "n"] == 2
    parallel = table[table["arm"] == "parallel"]
    assert not judged(curves=parallel).index.str.contains("final entropy").any()
