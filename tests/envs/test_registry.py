"""Environments by name: what make returns, and what it says to a wrong name, setting or missing simulator."""

import importlib.util
import re

import pytest
import torch

from kmyriad.envs import VecEnv, make, register, registry
from kmyriad.envs.ant.tasks import DISTANT_TARGET
from kmyriad.envs.ant.terrains import TERRAINS

ANTS = ", ".join(f"ant-{terrain}" for terrain in sorted(TERRAINS))
OTHERS = "gridworld:<world>, gymnasium:<id>, mjcf:<path>, " + ", ".join(
    f"pointmaze-{maze}" for maze in ("large", "medium", "open", "ring", "umaze")
)


@pytest.mark.parametrize("terrain", ["empty", "maze", "cave", "pyramid"])
def test_the_four_ants(terrain: str) -> None:
    env = make(f"ant-{terrain}", 2)
    assert isinstance(env, VecEnv)
    assert env.terrain.name == terrain
    assert (env.num_envs, env.obs_dim, env.action_dim) == (2, 62, 8)


def test_settings_reach_the_ant() -> None:
    env = make("ant-maze", 1, goal=[3.0, -4.0], terrain_seed=7, max_speed=5.0)
    assert env.task.goal == env.task.target == (3.0, -4.0)
    assert env.max_speed == 5.0
    other = make("ant-maze", 1)
    assert other.task.target == DISTANT_TARGET
    assert env.terrain.centres.shape != other.terrain.centres.shape or (env.terrain.centres != other.terrain.centres).any()


def test_a_goal_is_rewarded_within_one_metre() -> None:
    # All ants start at the origin and move less than 0.1 m in one step at rest.
    for goal, reward in (((0.8, 0.0), 1.0), ((1.2, 0.0), 0.0), ((0.8, 0.8), 0.0)):
        assert make("ant-empty", 2, goal=goal).step(torch.zeros(2, 8))[1].tolist() == [reward, reward]


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        (
            "ant-mze",
            {},
            f"unknown environment 'ant-mze'; did you mean 'ant-maze'? (choices: {ANTS}, {OTHERS})",
        ),
        ("ant", {}, f"unknown environment 'ant' (choices: {ANTS}, {OTHERS})"),
        ("gymnasium:", {}, "unknown environment 'gymnasium:'; did you mean 'gymnasium:<id>'?"),
        (
            "gymnasium:Pendulm-v1",
            {},
            "unknown environment 'gymnasium:Pendulm-v1': Environment `Pendulm` doesn't",
        ),
        ("gymnasium:Pendulm-v1", {}, "Did you mean: `Pendulum`?"),
        (
            "ant-empty",
            {"backend": "mujco"},
            "unknown backend 'mujco'; did you mean 'mujoco'? (choices: isaaclab, mujoco, mujoco-warp)",
        ),
        (
            "ant-empty",
            {"gaol": (1, 2)},
            "unknown setting of ant-empty 'gaol'; did you mean 'goal'? (choices: generator_seed, goal,",
        ),
        (
            "ant-empty",
            {"terrain": "maze"},
            "unknown setting of ant-empty 'terrain'; did you mean 'terrain_seed'?",
        ),
    ],
)
def test_wrong_names(name: str, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        make(name, 1, **settings)


@pytest.mark.parametrize("count", [0, -3])
def test_no_environments(count: int) -> None:
    with pytest.raises(ValueError, match=f"^num_envs must be at least 1, got {count}$"):
        make("ant-empty", count)


@pytest.mark.parametrize(
    ("name", "module", "command"),
    [
        ("ant-empty", "mujoco", "pip install mujoco==3.17.0"),
        ("gymnasium:Pendulum-v1", "gymnasium", "pip install 'gymnasium[mujoco]'"),
    ],
)
def test_a_missing_simulator(name: str, module: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda wanted: None if wanted == module else object())
    expected = f"the simulator '{module}' is not installed; run: {command}"
    with pytest.raises(ModuleNotFoundError, match=f"^{re.escape(expected)}$"):
        make(name, 1)


@pytest.fixture
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_ENVIRONMENTS", dict(registry._ENVIRONMENTS))


@pytest.mark.usefixtures("_own_registry")
def test_register_passes_everything_on() -> None:
    register("mine", lambda *args, **settings: (args, settings))
    found = make("mine", 4, backend="b", seed=5, device="d", size=6)
    assert found == ((4,), {"backend": "b", "seed": 5, "device": "d", "size": 6})


@pytest.mark.usefixtures("_own_registry")
def test_settings_of_a_registered_environment_are_checked() -> None:
    register("mine", lambda num_envs, *, backend, seed, device, size=1: size)
    assert make("mine", 4, size=6) == 6
    with pytest.raises(ValueError, match=re.escape("unknown setting of mine 'sise'; did you mean 'size'? (choices: size)")):
        make("mine", 4, sise=6)
    with pytest.raises(ValueError, match=r"did you mean 'mine'\?"):
        make("mime", 4)


@pytest.mark.usefixtures("_own_registry")
def test_a_factory_may_have_plain_parameters() -> None:
    def factory(num_envs: int, backend: str, seed: int, device: str, size: int = 1) -> int:
        return num_envs * size

    register("mine", factory)
    assert make("mine", 3, size=2) == 6
    with pytest.raises(ValueError, match="unknown setting of mine 'sise'; did you mean 'size'?"):
        make("mine", 3, sise=2)


def test_gymnasium_settings_and_backends_are_checked() -> None:
    with pytest.raises(ValueError, match="gymnasium:Pendulum-v1 does not take these settings: .*gravty"):
        make("gymnasium:Pendulum-v1", 1, gravty=1.0)
    with pytest.raises(ValueError, match="unknown backend 'mujocco'; did you mean 'mujoco'?"):
        make("gymnasium:Pendulum-v1", 1, backend="mujocco")


def test_zero_is_not_taken_for_the_default() -> None:
    env = make("ant-empty", 1, max_speed=0.0, threads=1)
    assert env.step(env.reset().new_ones(1, 8))[2]["frozen"].all(), "nothing may move at all"
    env.close()
