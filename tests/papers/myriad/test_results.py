"""Which figures of K-Myriad a config asks for, and which files each is made of."""

import pytest

from kmyriad.papers.myriad import runs
from kmyriad.papers.myriad.results import evidence, results
from kmyriad.papers.myriad.verdicts import EVIDENCE
from kmyriad.papers.result import Result
from kmyriad.settings.config import Config

SMALL: dict[str, object] = {
    "results": "made",
    "environments": ["ant-empty", "ant-maze"],
    "heads": [1, 2],
    "seeds": [3],
    "jumpstart": {"inits": ["random", "heads2"], "goals": {"count": 1}, "inside": {"count": 1}},
    "fig6": {"environment": "ant-empty", "heads": 2, "envs": [10, 20]},
    "fig10": {"environment": "ant-empty", "heads": [2], "epochs": 7},
}
SWIMMER = {"name": "gymnasium:Swimmer-v5", "label": "swimmer", "features": ["obs_0"]}
ALL = ["fig5", "coverage", "fig7", "fig6", "fig8", "fig13", "fig10", "fig11", "fig12", "fig4", "fig9", "walk", "table1"]


def config(**changes: object) -> Config:
    return Config.model_validate({**SMALL, **changes})


def made(**changes: object) -> dict[str, Result]:
    """Return the results by name."""
    found = results(config(**changes))
    assert len({result.name for result in found}) == len(found)
    return {result.name: result for result in found}


def test_everything_is_made_of_two_ants() -> None:
    assert list(made()) == ALL


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({"environments": ["ant-empty"]}, {"fig12"}),
        ({"environments": ["ant-maze", "ant-cave"]}, {"fig6", "fig10"}),
        ({"heads": [1]}, {"table1"}),
        ({"jumpstart": {"inits": ["heads2"]}}, {"fig11", "fig12"}),
        ({"environments": ["pointmaze-open"]}, {"fig6", "fig10", "fig11", "fig12", "fig4", "fig9", "walk"}),
        ({"environments": [SWIMMER], "heads": [1]}, {*ALL} - {"fig5", "coverage", "fig7"}),
    ],
    ids=["one ant", "without the environment of Figs. 6 and 10", "one head", "no random heads", "no ant", "one feature"],
)
def test_what_has_nothing_to_show_is_absent(changes: dict[str, object], absent: set[str]) -> None:
    assert {*ALL} - made(**changes).keys() == absent


def test_fig5_reads_metrics_and_untrained_noise_of_its_environments_alone() -> None:
    fig5 = made(environments=["ant-empty"], control={"environments": ["ant-empty"]})["fig5"]
    # Not those of Figs. 6 and 10 in the same environment; the control has no noise of its own.
    assert fig5.inputs == [
        "made/pretrain/ant-empty/heads1/seed3/metrics.csv",
        "made/pretrain/ant-empty/heads2/seed3/metrics.csv",
        "made/pretrain/ant-empty@trust-region/heads1/seed3/metrics.csv",
        "made/pretrain/ant-empty@trust-region/heads2/seed3/metrics.csv",
        "made/coverage_untrained/ant-empty/heads1/seed3/coverage.csv",
        "made/coverage_untrained/ant-empty/heads2/seed3/coverage.csv",
    ]
    # A clone has git's metrics without DVC's policies.
    policies = [file.replace("made/pretrain", "made/checkpoints/pretrain") for file in fig5.inputs[:4]]
    assert list(fig5.unread) == [file.replace("metrics.csv", "policy.safetensors") for file in policies]
    assert fig5.outputs("made") == {form: f"made/figures/fig5.{form}" for form in ("pdf", "png", "csv")}


def test_figures_with_runs_of_their_own() -> None:
    found = made()
    pairs = [f"ant-empty@envs{envs}/heads2/seed3" for envs in (10, 20)]
    assert found["fig6"].inputs == [
        *(f"made/pretrain/{run}/metrics.csv" for run in pairs),
        *(f"made/coverage_trained/{run}/coverage.csv" for run in pairs),
    ]
    assert found["fig10"].inputs == ["made/pretrain/ant-empty@epochs7/heads2/seed3/metrics.csv"]


def test_the_first_ant_is_fig11s_and_the_others_are_fig12s() -> None:
    cave = {"environments": ["ant-empty", "pointmaze-open", "ant-maze", "ant-cave"]}
    assert runs.goal_maps(config(**cave)) == {"fig11": ["ant-empty"], "fig12": ["ant-maze", "ant-cave"]}
    assert runs.goal_maps(config(environments=["ant-maze"])) == {"fig11": ["ant-maze"]}
    maps = made()["fig12"]
    assert (maps.module, maps.caption) == ("myriad.goal_maps", "goal_maps")
    # Goal 0 lies outside the radius, goal 1 inside; PPO from random heads alone.
    tasks = [f"made/finetune/ant-maze/random/goal{goal}/seed3/metrics.csv" for goal in (0, 1)]
    assert maps.inputs == ["made/goals/ant-maze.json", *tasks]


def test_an_own_reward_is_the_one_task() -> None:
    (file,) = made(environments=[SWIMMER], jumpstart={"inits": ["heads2"]})["fig7"].inputs
    assert file == "made/finetune/swimmer/heads2/goal0/seed3/metrics.csv"


def test_the_most_heads_are_shown_unless_there_are_the_papers_ten() -> None:
    assert runs.most_shown(config()) == 2
    assert runs.most_shown(config(heads=[1, 10, 50])) == 10


def test_evidence_has_the_names_of_the_verdicts_and_what_is_absent_is_empty() -> None:
    found = evidence(config(environments=[SWIMMER], heads=[1], jumpstart={"inits": ["heads1"]}))
    assert found.keys() == EVIDENCE.keys()
    assert {name for name, files in found.items() if not files} == {"kl", "budgets", "long", "inside"}
    assert all(evidence(config()).values())
