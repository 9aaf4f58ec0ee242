"""Which runs a config asks for, those included that one figure alone needs."""

import pytest
from pydantic import ValidationError

from kmyriad.settings.config import Config


def config(**settings: object) -> Config:
    return Config.model_validate({"environments": ["ant-empty", "ant-maze"], "heads": [1, 10], **settings})


def test_the_papers_runs() -> None:
    trainings = config().trainings()
    assert list(trainings) == [
        "ant-empty",
        "ant-maze",
        "pointmaze-ring",
        "gridworld-room-det",
        *(f"ant-empty@envs{envs}" for envs in (500, 1000, 2000, 3000, 4000)),
        "ant-empty@epochs1000",
    ]
    assert trainings["ant-empty@envs4000"].pretrain.envs == 4000
    assert trainings["ant-empty@epochs1000"].pretrain.epochs == 1000
    assert trainings["ant-empty@epochs1000"].environment.name == "ant-empty"


def test_figures_about_other_environments_have_no_runs() -> None:
    mine = {"environments": [{"name": "gymnasium:Swimmer-v5", "label": "swimmer"}]}
    assert list(config(**mine).trainings()) == ["swimmer", "gridworld-room-det"]
    assert list(config(environments=["ant-cave"]).trainings()) == ["ant-cave", "pointmaze-ring", "gridworld-room-det"]


def test_goals_inside_come_after_those_outside() -> None:
    chosen = config(jumpstart={"goals": {"count": 2}, "inside": {"count": 3}})
    ant = chosen.environment("ant-empty")
    assert (list(chosen.tasks(ant)), list(chosen.tasks(ant, inside=True))) == ([0, 1], [2, 3, 4])
    swimmer = config(environments=[{"name": "gymnasium:Swimmer-v5", "label": "swimmer"}]).environment("swimmer")
    assert (list(chosen.tasks(swimmer)), list(chosen.tasks(swimmer, inside=True))) == ([0], [])


def test_listed_points_replace_the_annulus() -> None:
    chosen = config(jumpstart={"goals": {"points": [[1, 2], [3, 4], [5, 6]]}, "inside": {"count": 1}})
    assert list(chosen.tasks(chosen.environment("ant-maze"), inside=True)) == [3]
    (fig4,) = chosen.goals("pointmaze-ring")
    assert fig4.points == chosen.fig4.goals


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"fig6": {"envs": [100, 205]}}, "fig6.heads: 10 heads do not divide fig6.envs = 205"),
        ({"fig10": {"heads": [7]}}, "fig10.heads: 7 heads do not divide pretrain.envs = 1000"),
        ({"fig4": {"heads": 3}}, "fig4.heads: 3 heads do not divide fig4.pretrain.envs = 100"),
        ({"environments": ["ant-empty", "pointmaze-ring"]}, "lists something twice"),
    ],
)
def test_more_heads_than_fit_are_refused(settings: dict, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        config(**settings)
