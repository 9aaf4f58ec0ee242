"""Gymnasium's environments behind the protocol: actions rescaled, seeds kept, no silent end of an episode."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.spaces import Box

from kmyriad.envs import check, make


class Echo(gymnasium.Env):
    """Observes the action it was given, twice over, in a box with another centre than 0; NaN above 9."""

    def __init__(self, low: float = 0.0, obs_shape: tuple[int, ...] = (2,)) -> None:
        self.action_space = Box(np.array([low], dtype=np.float32), np.array([10], dtype=np.float32))
        self.observation_space = Box(-np.inf, np.inf, obs_shape, dtype=np.float64)

    def reset(self, *, seed=None, options=None):
        return np.zeros(self.observation_space.shape), {}

    def step(self, action):
        value = float(action[0])
        return np.full(2, np.nan if value > 9 else value), value, False, False, {}


@pytest.fixture(autouse=True)
def _mujoco_logs_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MuJoCo writes its warnings into a file in the working folder, and HalfCheetah makes it warn."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _echo() -> Iterator[None]:
    gymnasium.register("Echo-v0", entry_point=Echo, disable_env_checker=True, max_episode_steps=3)
    yield
    del gymnasium.registry["Echo-v0"]


@pytest.mark.parametrize("name", ["Pendulum-v1", "HalfCheetah-v5"])
def test_conformance(name: str) -> None:
    check(make(f"gymnasium:{name}", 3))


def test_features_have_names() -> None:
    assert make("gymnasium:Pendulum-v1", 1).feature_names == ("obs_0", "obs_1", "obs_2")


@pytest.mark.parametrize(("action", "torque"), [(1.0, 2.0), (-1.0, -2.0), (0.25, 0.5), (0.0, 0.0)])
def test_the_pendulum_gets_torques_up_to_2(action: float, torque: float) -> None:
    # Speed gains (3 g / 2 l sin angle + 3 / (m l^2) torque) dt with g = 10, m = l = 1, dt = 0.05.
    env = make("gymnasium:Pendulum-v1", 4, seed=3)
    cosine, sine, speed = env.reset().double().unbind(1)
    obs, reward, _ = env.step(torch.full((4, 1), action))
    torch.testing.assert_close(obs[:, 2].double(), speed + (15 * sine + 3 * torque) * 0.05, rtol=0, atol=1e-5)
    # Reward: -(angle^2 + 0.1 speed^2 + 0.001 torque^2), of the state before the step.
    expected = -(torch.atan2(sine, cosine) ** 2 + 0.1 * speed**2 + 0.001 * torque**2)
    torch.testing.assert_close(reward.double(), expected, rtol=0, atol=1e-5)


def test_bounds_that_are_not_symmetric() -> None:
    # [-1, 1] -> [0, 10]: 5 + 5 a.
    env = make("gymnasium:Echo-v0", 3)
    env.reset()
    obs, reward, _ = env.step(torch.tensor([[-1.0], [0.0], [0.5]]))
    assert obs.tolist() == [[0, 0], [5, 5], [7.5, 7.5]]
    assert reward.tolist() == [0, 5, 7.5]


def test_settings_reach_gymnasium() -> None:
    # [-1, 1] -> [-10, 10].
    env = make("gymnasium:Echo-v0", 1, low=-10.0)
    env.reset()
    assert env.step(torch.tensor([[0.5]]))[0].tolist() == [[5, 5]]


def test_the_time_limit_is_lifted() -> None:
    env = make("gymnasium:Echo-v0", 1)
    env.reset()
    assert [env.step(torch.full((1, 1), a / 10))[0][0, 0].item() for a in range(8)] == [
        5,
        5.5,
        6,
        6.5,
        7,
        7.5,
        8,
        8.5,
    ]


def test_a_copy_that_turns_nan_is_frozen_until_the_reset() -> None:
    env = make("gymnasium:Echo-v0", 2)
    env.reset()
    env.step(torch.tensor([[-0.6], [-0.6]]))
    for later in ([1.0, 0.2], [0.0, 0.2]):
        obs, reward, info = env.step(torch.tensor(later)[:, None])
        assert info["frozen"].tolist() == [True, False]
        assert obs.tolist() == [[2, 2], [6, 6]]
        assert reward.tolist() == [0, 6]
    env.reset()
    assert env.step(torch.zeros(2, 1))[2]["frozen"].tolist() == [False, False]


def test_seeds() -> None:
    env = make("gymnasium:Pendulum-v1", 3, seed=5)
    start = env.reset()
    assert torch.equal(env.reset(), start)
    assert torch.equal(make("gymnasium:Pendulum-v1", 3).reset(seed=5), start)
    # Copy i is seeded with seed + i, so that seed 6 starts with the second of seed 5.
    assert torch.equal(env.reset(seed=6)[:2], start[1:])
    assert start[:, 0].unique().numel() == 3


def hop(**settings) -> torch.Tensor:
    """The last observation after 100 steps of full torque, under which a hopper falls at once."""
    env = make("gymnasium:Hopper-v5", 2, **settings)
    env.reset(seed=0)
    for _ in range(100):
        obs, _, _ = env.step(torch.ones(2, 3))
    return obs


def test_the_end_of_an_episode_is_an_error() -> None:
    message = r"Hopper-v5: copy [01] ended its episode at step \d+, but .* terminate_when_unhealthy: false"
    with pytest.raises(RuntimeError, match=message):
        hop()


def test_the_setting_that_the_error_names_helps() -> None:
    assert hop(terminate_when_unhealthy=False).isfinite().all()


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("CartPole-v1", {}, "gymnasium:CartPole-v1: the action space must be a flat Box, it is Discrete(2)"),
        ("Echo-v0", {"obs_shape": (2, 2)}, "gymnasium:Echo-v0: the observation space must be a flat Box"),
        ("Echo-v0", {"low": -math.inf}, "gymnasium:Echo-v0: the action space has no bounds to scale to"),
        ("Pendulum-v9", {}, "unknown environment 'gymnasium:Pendulum-v9'"),
    ],
)
def test_refused(name: str, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        make(f"gymnasium:{name}", 1, **settings)


@pytest.mark.filterwarnings("ignore:.*out of date")
def test_an_outdated_version_names_its_successor() -> None:
    with pytest.raises(ValueError, match=r"gymnasium:Pendulum-v0.*Please use `Pendulum-v1`"):
        make("gymnasium:Pendulum-v0", 1)
