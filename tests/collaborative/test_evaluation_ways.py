"""One training, evaluated in several ways at once: Fig. 8 from settings to panels."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch
from pydantic import ValidationError

from kmyriad.collaborative.evaluate import by_way
from kmyriad.collaborative.train import CollaborativeTraining
from kmyriad.papers.collaborative import fig8
from kmyriad.settings.collaborative.arm import CollaborativeSettings, arm_settings, changed
from kmyriad.settings.collaborative.study import VARIANTS
from kmyriad.stages.collaborative_train import rows

TINY = CollaborativeSettings.model_validate(
    {
        "agents": 2,
        "env_steps": 160,
        "seed_steps": 80,
        "updates_per_step": 0.1,
        "sac": {"actor": [4], "critic": [4], "batch": 4, "buffer": 160},
        "reward": {"bank": 8, "k": 2, "skip": 1, "positive_window": 2},
        "evaluation": {"interval": 80, "episodes": 2, "last": 1, "classifier": [4], "classifier_updates": 2},
    }
)


def blocks(settings: CollaborativeSettings) -> list:
    training = CollaborativeTraining("maze", settings, (3, 5))
    return [training.run_epoch() for _ in range(2)]


def test_further_ways_change_nothing_else() -> None:
    alone, with_ways = blocks(arm_settings("replica", TINY)), blocks(changed(TINY, VARIANTS["replica_ways"]))
    for one, other in zip(alone, with_ways, strict=True):
        for seed, same in zip(one.seeds, other.seeds, strict=True):
            assert seed.also == {}
            assert repr({**vars(same), "also": {}}) == repr(vars(seed)), "to the last bit"
            ways = {f"evaluation_{how}" for how in ("set_mean", "softmax", "q_classifier", "agent0", "agent1")}
            assert set(same.also) == ways
            assert same.also["evaluation_set_mean"] == pytest.approx(
                (same.also["evaluation_agent0"] + same.also["evaluation_agent1"]) / 2
            )


def test_agents_own_returns_by_hand() -> None:
    # Episodes are the agents' in turn: agent 0 has 1 and 3, agent 1 has 10 and 30.
    found = by_way("set_mean", torch.tensor([[1.0, 10.0, 3.0, 30.0]]), 2)
    assert {name: value.tolist() for name, value in found.items()} == {
        "evaluation_set_mean": [11],
        "evaluation_agent0": [2],
        "evaluation_agent1": [20],
    }
    assert set(by_way("softmax", torch.ones(1, 4), 2)) == {"evaluation_softmax"}


def test_they_are_the_last_columns_of_the_metrics() -> None:
    seed = {"seed": 3, "evaluation": 5.0, "also": {"evaluation_agent0": 7.0}}
    (row,) = rows([{"epoch": 0, "evaluation": 5.0, "seeds": [seed]}], 1)
    assert list(row) == ["epoch", "seed", "evaluation", "score", "evaluation_agent0"]
    assert list(rows([{"epoch": 0, "seeds": [{**seed, "also": {}}]}], 1)[0])[-1] == "score"


def test_a_way_is_named_once() -> None:
    with pytest.raises(ValidationError, match=r"evaluation\.also repeats first: name each way once"):
        CollaborativeSettings.model_validate({"evaluation": {"also": ["first"]}})
    with pytest.raises(ValidationError, match="learner = a2c is one policy without Q"):
        CollaborativeSettings.model_validate({"learner": "a2c", "evaluation": {"also": ["softmax"]}})


def test_the_figure_smooths_each_agents_own() -> None:
    metrics = pd.DataFrame(
        [
            {"task": "maze", "arm": "replica_ways", "seed": seed, "env_steps": 1000 * step, "score": 0.0}
            | {"evaluation": step, "evaluation_set_mean": 2 * step, "evaluation_agent0": 10 * seed + step}
            for seed in (0, 1)
            for step in range(1, 13)
        ]
    )
    found = fig8.curves(metrics)
    last = found[found["env_steps"] == 12_000].groupby(["quantity", "curve"])["value"].apply(list)
    # The mean of 3, 4, ..., 12 is 7.5.
    assert last["ways", "first agent"] == [7.5, 7.5] and last["ways", "mean of all agents"] == [15, 15]
    assert sorted(last["agents", "agent 1"]) == [7.5, 17.5]
    agents, ways = fig8.draw(found, ["maze"], "").axes
    assert [len(axes.get_lines()) >= number for axes, number in ((agents, 1), (ways, 2))] == [True, True]
    plt.close("all")
