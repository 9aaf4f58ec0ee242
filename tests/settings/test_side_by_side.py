"""Settings of the comparison: equal budgets, and one line for what does not fit."""

import pytest
from pydantic import ValidationError

from kmyriad.settings.collaborative.arm import CollaborativeSettings
from kmyriad.settings.pretrain import PretrainSettings
from kmyriad.settings.side_by_side import METHODS, SideBySideSettings
from tests.side_by_side.conftest import SMALL


def changed(**values: object) -> SideBySideSettings:
    return SideBySideSettings.model_validate({**SMALL, **values})


def task(**values: object) -> list[dict]:
    return [{**SMALL["tasks"][0], **values}]  # type: ignore[index]


def test_all_methods_have_the_tasks_budget() -> None:
    side = changed()
    for method in METHODS:
        training = side.training("Room", method)
        if isinstance(training, PretrainSettings):
            assert training.epochs * training.envs * training.horizon == 320
        elif isinstance(training, CollaborativeSettings):
            assert training.env_steps * training.times == 320 and training.pretrain_steps == 320
        else:
            assert method == "untrained"


def test_diayn_has_a_skill_for_each_agent() -> None:
    training = changed().training("Room", "diayn")
    assert isinstance(training, CollaborativeSettings)
    assert (training.agents, training.diayn.skills) == (1, 2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"methods": ["kmyriads"]}, "unknown method in side_by_side 'kmyriads'; did you mean 'kmyriad'?"),
        ({"continued": ["untrained", "copies"]}, "continued: copies has no soft actor-critics to go on: take an off-policy"),
        ({"agents": 3}, "agents = 3 do not divide trajectories = 8: take a multiple"),
        ({"tasks": task(env_steps=330)}, "Room: points * agents * horizon = 40 does not divide env_steps = 330: take 320"),
        ({"tasks": task(envs=6)}, "Room: points * envs * horizon = 120 does not divide env_steps = 320: take 360"),
        ({"tasks": task() + task()}, "lists something twice: ['Room', 'Room']"),
        ({"agents": 4, "trajectories": 8, "tasks": task(envs=2)}, "side_by_side.agents: 4 heads do not divide"),
        ({"tasks": task(name="a/b")}, "String should match pattern"),
    ],
)
def test_what_does_not_fit(values: dict, message: str) -> None:
    with pytest.raises(ValidationError) as error:
        changed(**values)
    assert message in str(error.value)
