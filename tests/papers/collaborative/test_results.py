"""Which figures and tables of Collaborative Exploration a config asks for, and which files each is made of."""

import pytest

from kmyriad.papers.collaborative.results import diverse, evidence, results
from kmyriad.papers.collaborative.runs import TRAININGS
from kmyriad.papers.result import Result
from kmyriad.settings.collaborative.study import CollaborativeFigureJob
from kmyriad.settings.config import Config

SUITE, OTHER, GAME, PICTURES = "pendulum-swingup", "hopper-hop", "minatar-breakout", "pixels-hopper-hop"


def config(*blocks: tuple[list[str], list[str]]) -> Config:
    """Return the settings of a study of these blocks of tasks and arms."""
    own = {GAME: {"learner": "dqn", "sac": {"critic": [64]}}, PICTURES: {"learner": "drq"}}
    settings = [{"tasks": tasks, "arms": arms, "seeds": [0], "settings": own.get(tasks[0], {})} for tasks, arms in blocks]
    return Config.model_validate({"results": "made", "environments": ["ant-empty"], "collaborative": {"blocks": settings}})


def made(*blocks: tuple[list[str], list[str]]) -> dict[str, Result]:
    """Return the results by name, without the paper's."""
    return {result.name.removeprefix("ce_"): result for result in results(config(*blocks))}


def arms_of(result: Result) -> tuple[str, ...]:
    assert isinstance(result.job, CollaborativeFigureJob)
    return result.job.arms


SETS = {"fig3", "fig11", "table1", "table3"}
"""What Replica and CE on a task of the suite are enough for."""


@pytest.mark.parametrize(
    ("tasks", "arms", "expected"),
    [
        ([SUITE], ["replica", "ce"], SETS),
        (["maze"], ["independent", "ce"], {"fig5", "fig11", "table1"}),
        (["Hopper-v5"], ["replica", "ce"], {"fig6", "fig11", "table1", "table3"}),
        (["HalfCheetah-v5"], ["replica", "ce"], {"fig11", "table1", "table3"}),
        ([SUITE], ["sac", "ce"], (SETS | {"table10"}) - {"table3"}),
        ([SUITE], ["ce"], set()),
        ([GAME], ["dqn", "replica", "ce"], {"fig13"}),
        ([GAME], ["ce"], set()),
        ([PICTURES], ["drq", "replica", "rnd", "sunrise", "ce"], {"fig4"}),
    ],
    ids=[
        "suite",
        "maze",
        "a walker",
        "a robot that does not walk upright",
        "no pair of sets",
        "nothing to compare with",
        "a game",
        "one arm in a game",
        "pictures",
    ],
)
def test_what_a_study_shows(tasks: list[str], arms: list[str], expected: set[str]) -> None:
    assert made((tasks, arms)).keys() == expected


@pytest.mark.parametrize(
    ("arm", "own"),
    [
        ("rnd_ce", {"table2"}),
        ("all", {"table6"}),
        ("no_unroll", {"table6"}),
        ("ce8", {"table7"}),
        ("identity", {"table8"}),
        ("k10", {"table9"}),
        ("replica_ucb", {"fig7"}),
        ("multihead", {"fig9"}),
        ("sac_ups3", {"fig12"}),
    ],
)
def test_an_ablation_needs_an_arm_of_its_own(arm: str, own: set[str]) -> None:
    found = made(([SUITE], ["replica", "ce", arm]))
    assert found.keys() - SETS == own
    for name in own:
        assert arm in arms_of(found[name]) and {*arms_of(found[name])} & {"replica", "ce"}


def test_one_training_is_enough_for_all_evaluations() -> None:
    assert made(([SUITE], ["replica_ways"])).keys() == {"fig8"}


def test_an_ablation_shows_the_tasks_that_it_was_trained_on() -> None:
    table8 = made(([SUITE, OTHER], ["replica", "ce"]), ([OTHER], ["identity"]))["table8"]
    runs = [TRAININGS.of(file) for file in table8.inputs]
    assert runs == [(OTHER, arm) for arm in ("replica", "ce", "identity")]
    assert table8.inputs[0] == "made/collaborative_train/hopper-hop/replica/metrics.csv"


def test_files_of_what_is_not_trained_are_not_asked_for() -> None:
    fig11 = made(([SUITE], ["replica", "ce"]), ([OTHER], ["sac", "ce"]))["fig11"]
    assert arms_of(fig11) == ("sac", "replica", "ce")
    assert {TRAININGS.of(file) for file in fig11.inputs} == {(SUITE, "replica"), (SUITE, "ce"), (OTHER, "sac"), (OTHER, "ce")}


def test_one_agent_has_no_diversity() -> None:
    block = {"tasks": [SUITE], "arms": ["ce"], "settings": {"agents": 1, "reward": {"weight": 1.0}}}
    replica = {"tasks": [SUITE, OTHER], "arms": ["replica"]}
    others = {"tasks": [OTHER], "arms": ["ce"]}
    settings = {"environments": ["ant-empty"], "collaborative": {"blocks": [block, replica, others]}}
    assert diverse(Config.model_validate(settings)) == ([OTHER], ["replica", "ce"])


def test_evidence_is_all_that_was_trained() -> None:
    found = evidence(config(([SUITE], ["replica", "ce"]), (["maze"], ["ce"])))
    assert [TRAININGS.of(file) for file in found["returns"]] == [(SUITE, "replica"), (SUITE, "ce"), ("maze", "ce")]
    assert found["visits"] == ["made/collaborative_train/maze/ce/visits.csv"]


def test_pictures_are_beside_the_other_tasks_in_nothing() -> None:
    blocks = (([PICTURES], ["replica", "rnd", "ce"]), ([SUITE], ["replica", "rnd", "ce"]))
    found = made(*blocks)
    assert found.keys() == SETS | {"fig4", "table2"}
    rests = evidence(config(*blocks))
    assert {TRAININGS.of(file).task for file in rests["pixels"] + found["fig4"].inputs} == {PICTURES}
    others = [file for name in ("fig3", "table1", "table2", "table3") for file in found[name].inputs]
    assert {TRAININGS.of(file).task for file in rests["returns"] + others} == {SUITE}


def test_games_are_beside_the_other_tasks_in_nothing() -> None:
    blocks = (([GAME], ["replica", "ce"]), ([SUITE], ["replica", "ce"]))
    found = made(*blocks)
    assert found.keys() == SETS | {"fig13"}
    assert {TRAININGS.of(file).task for file in found["fig11"].inputs + found["table1"].inputs} == {SUITE}
    assert isinstance(found["fig13"].job, CollaborativeFigureJob) and "widths 64;" in found["fig13"].job.note
    rests = evidence(config(*blocks))
    assert [TRAININGS.of(file).task for file in rests["games"]] == [GAME, GAME]
    assert {TRAININGS.of(file).task for file in rests["returns"]} == {SUITE}
