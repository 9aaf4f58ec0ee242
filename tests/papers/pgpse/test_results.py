"""Which figures of PGPSE a config asks for, and which files each is made of."""

import pytest

from kmyriad.papers.pgpse.results import evidence, results
from kmyriad.papers.result import Result
from kmyriad.settings.config import Config
from kmyriad.settings.gridworld import GridworldFigureJob

SMALL: dict[str, object] = {"worlds": ["room-det"], "agents": [2, 3, 4], "seeds": [0], "variants": {"plain": {}}}
ALL = {f"fig{number}" for number in (1, 2, 3, 7, 8, 9, 10)} | {
    "frank_wolfe",
    "concentration",
    "bridge",
    "finals",
    "specialisation",
}


def config(**gridworld: object) -> Config:
    settings = {"results": "made", "environments": ["ant-empty"], "gridworld": {**SMALL, **gridworld}}
    return Config.model_validate({**settings, "bridge": {"heads": [1, 4], "seeds": [0]}})


def made(**gridworld: object) -> dict[str, Result]:
    """Return the results by name, without the paper's."""
    return {result.name.removeprefix("pgpse_"): result for result in results(config(**gridworld))}


def agents_of(result: Result) -> tuple[int, ...]:
    assert isinstance(result.job, GridworldFigureJob)
    return result.job.agents


def test_everything_is_made_of_three_numbers_of_agents() -> None:
    found = made()
    assert found.keys() == ALL
    assert {name for name, result in found.items() if result.kind == "table"} == {"finals", "specialisation"}


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({"agents": [2, 4]}, {"fig7"}),
        ({"agents": [3]}, {"fig7", "bridge"}),
        ({"worlds": ["maze-det"]}, {"bridge"}),
        ({"worlds": ["room-stoc"]}, {"fig10", "bridge"}),
    ],
    ids=["none between", "not the bridge's", "not on its map", "stochastic"],
)
def test_what_was_not_trained_is_absent(changes: dict[str, object], absent: set[str]) -> None:
    assert ALL - made(**changes).keys() == absent


def test_figures_share_the_numbers_of_agents_out() -> None:
    found = made()
    shown = {name: agents_of(found[name]) for name in ("fig1", "fig2", "fig7", "fig8", "fig10")}
    # Fig. 10 shows the bridge's most; so do the others here, by chance.
    assert shown == {"fig1": (2, 4), "fig2": (2, 3, 4), "fig7": (3,), "fig8": (4,), "fig10": (4,)}
    assert agents_of(made(agents=[2, 4, 6])["fig10"]) == (4,)


def test_fig7_reads_the_curves_of_those_between() -> None:
    fig7 = made()["fig7"]
    runs = [f"room-det/plain/{arm}3" for arm in ("parallel", "single")]
    assert fig7.inputs == [f"made/gridworld_train/{run}/metrics.csv" for run in runs]
    assert list(fig7.unread) == [f"made/checkpoints/gridworld_train/{run}/theta.safetensors" for run in runs]


def test_fig8_shows_the_mazes_where_there_are_any() -> None:
    fig8 = made(worlds=["room-det", "maze-det", "maze-stoc"])["fig8"]
    assert isinstance(fig8.job, GridworldFigureJob) and fig8.job.worlds == ("maze-det", "maze-stoc")


def test_only_the_table_of_finals_reads_other_variants() -> None:
    found = made(variants={"plain": {}, "decayed": {"decay": 0.9}})
    readers = {name for name, result in found.items() if any("/decayed/" in file for file in result.inputs)}
    assert readers == {"finals"}


def test_evidence() -> None:
    found = evidence(config(worlds=["room-det", "maze-det"]))
    assert found["success"] == [f"made/gridworld_datasets/{world}/success.csv" for world in ("room-det", "maze-det")]
    assert len(found["curves"]) == 2 * 3 * 2, "worlds, numbers of agents, arms"
