"""PointMaze: the library's own trajectories, and forces, walls, goals and starts of known outcome."""

import importlib.util
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import gymnasium
import numpy as np
import pytest
import torch

from kmyriad.envs import check, make
from kmyriad.envs.pointmaze import PointMaze

MAZES = {"open": "Open", "umaze": "UMaze", "medium": "Medium", "large": "Large"}
"""Ours, and the name in the library's ids."""
STEP, DAMPING, FORCE, RADIUS = 0.01, 1.0, 100.0, 0.1
"""s, N s/m, N, m, of the library's point.xml."""
MASS = 1000 * 4 / 3 * np.pi * RADIUS**3
"""kg, of a ball with the density of water."""


@pytest.fixture(autouse=True)
def _temporary_files_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library writes each maze into a file of the system's folder for such files, and leaves it there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def library(maze: str) -> gymnasium.Env:
    """The library's environment, its ball at the centre of the start cell."""
    import gymnasium_robotics

    gymnasium.register_envs(gymnasium_robotics)
    env = gymnasium.make(f"PointMaze_{MAZES[maze]}-v3")
    env.unwrapped.position_noise_range = 0.0
    env.reset(seed=0, options={"reset_cell": np.array([1, 1])})
    return env


def random_pushes(steps: int, held: int = 8) -> torch.Tensor:
    """Actions [steps, 2], each for `held` steps, so that the ball gets somewhere."""
    drawn = 2 * torch.rand(-(-steps // held), 2, generator=torch.Generator().manual_seed(0)) - 1
    return drawn.repeat_interleave(held, 0)[:steps]


def contacts(env: gymnasium.Env) -> int:
    """Number of walls that the library's ball touches."""
    contact = env.unwrapped.data.contact
    ground = env.unwrapped.model.geom("ground").id
    return sum(ground not in pair for pair in contact.geom.tolist())


@pytest.mark.parametrize("maze", MAZES)
def test_the_trajectory_is_the_library_s(maze: str) -> None:
    ours, theirs, touched = make(f"pointmaze-{maze}", 2, action_repeat=1), library(maze), 0
    for action in random_pushes(250):
        obs, _, _ = ours.step(action.repeat(2, 1))
        expected = theirs.step(action.numpy())[0]["observation"]
        touched += contacts(theirs)
        np.testing.assert_allclose(obs.numpy(), [expected] * 2, rtol=0, atol=1e-6)
    assert touched > 10, "a trajectory without walls says nothing about them"
    theirs.close()


def test_the_speed_limit_is_the_library_s() -> None:
    # A full push along x: 23.6 m/s^2, so 5 m/s after 0.21 s and 0.5 m; the other wall is 4 m away.
    ours, theirs, push = make("pointmaze-open", 1, action_repeat=1), library("open"), np.array([1.0, 0.0], dtype=np.float32)
    for _ in range(120):
        obs, _, _ = ours.step(torch.from_numpy(push)[None])
        np.testing.assert_allclose(obs[0].numpy(), theirs.step(push)[0]["observation"], rtol=0, atol=1e-6)
    theirs.close()


def test_a_push_along_a_corridor() -> None:
    # MuJoCo's Euler step with implicit damping: v <- (m v + h F) / (m + h d), then x <- x + h v.
    env, x, velocity = make("pointmaze-ring", 1), 0.0, 0.0
    for _ in range(4):
        obs, _, _ = env.step(torch.tensor([[0.4, 0.0]]))
        for _ in range(10):
            velocity = (MASS * velocity + STEP * 0.4 * FORCE) / (MASS + STEP * DAMPING)
            x += STEP * velocity
        assert obs[0].tolist() == pytest.approx([x, -1.0, velocity, 0.0], abs=1e-6)
    assert velocity > 3.5


def test_the_fastest_that_a_ball_can_be() -> None:
    # 5 m/s before a control step, hence at most (5 m + h F) / (m + h d) = 5.22 m/s after one.
    env, speeds = make("pointmaze-open", 1, action_repeat=1), []
    for _ in range(60):
        speeds.append(env.step(torch.tensor([[1.0, 0.0]]))[0][0, 2].item())
    limit = (5 * MASS + STEP * FORCE) / (MASS + STEP * DAMPING)
    assert max(speeds) == speeds[-1] == pytest.approx(limit, abs=1e-5)


@pytest.mark.parametrize(
    ("push", "rest"),
    [((1, 0), (2.4, -1)), ((-1, 0), (-2.4, -1)), ((0, 1), (0, -0.6)), ((0, -1), (0, -1.4))],
)
def test_walls_stop_the_ball(push: tuple[float, float], rest: tuple[float, float]) -> None:
    # In the ring's lower corridor: 5 m x 1 m around the start, less the ball's radius. Contacts give way a little.
    env = make("pointmaze-ring", 1)
    for _ in range(40):
        obs, _, _ = env.step(torch.tensor([push], dtype=torch.float32))
    assert obs[0].tolist() == pytest.approx([*rest, 0, 0], abs=0.02)


def test_the_ring_is_symmetric() -> None:
    env, mirror = make("pointmaze-ring", 2), torch.tensor([[1.0, 1], [-1, 1]])
    for action in random_pushes(40, held=1):
        obs, _, _ = env.step(action * mirror)
    torch.testing.assert_close(obs[1], obs[0] * torch.tensor([-1.0, 1, -1, 1]), rtol=0, atol=1e-5)


@pytest.mark.parametrize("towards", [1.0, -1.0])
def test_both_ways_round_lead_to_the_same_corner(towards: float) -> None:
    env, reward = make("pointmaze-ring", 1, goal=(2.2, 1.2)), torch.zeros(1)
    for push in ((towards, 0), (0, 1), (1, 0)):
        for _ in range(25):
            _, reward, _ = env.step(torch.tensor([push]).float())
    assert reward.tolist() == [1.0]


def test_an_action_is_held() -> None:
    slow, fast = make("pointmaze-umaze", 1, action_repeat=6), make("pointmaze-umaze", 1, action_repeat=1)
    for action in random_pushes(30, held=1):
        for _ in range(6):
            obs, _, _ = fast.step(action[None])
        assert torch.equal(slow.step(action[None])[0], obs)


def test_forces_end_at_one() -> None:
    env = make("pointmaze-ring", 2)
    obs, _, _ = env.step(torch.tensor([[1.0, -1.0], [3.0, -7.0]]))
    assert torch.equal(obs[0], obs[1])


@pytest.mark.parametrize(
    ("offset", "reward"), [((0, 0), 1), ((0.449, 0), 1), ((0.451, 0), 0), ((0.31, -0.31), 1), ((0.33, 0.33), 0)]
)
def test_reward_within_the_radius(offset: tuple[float, float], reward: float) -> None:
    # 0.31 * sqrt 2 = 0.438, 0.33 * sqrt 2 = 0.467; a ball at rest without a push stays where it is.
    env = make("pointmaze-open", 2, goal=(1.0, 0.0))
    env.sim.current[0, 1:3] = 1.0 + offset[0], offset[1]
    assert env.step(torch.zeros(2, 2))[1].tolist() == [reward, 0.0]


def test_no_goal_no_reward() -> None:
    assert make("pointmaze-ring", 3).step(torch.ones(3, 2))[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("maze", "start"),
    [("open", (-2, 1)), ("umaze", (-1, 1)), ("medium", (-2.5, 2.5)), ("large", (-4.5, 3)), ("ring", (0, -1))],
)
def test_starts(maze: str, start: tuple[float, float]) -> None:
    env = make(f"pointmaze-{maze}", 2, seed=3)
    for seed in (None, 0, 7):
        assert env.reset(seed).tolist() == [[*start, 0, 0]] * 2
        env.step(torch.ones(2, 2))
    assert env.start == start


@pytest.mark.parametrize("maze", [*MAZES, "ring"])
def test_conformance(maze: str) -> None:
    env = make(f"pointmaze-{maze}", 3, goal=make(f"pointmaze-{maze}", 1).start)
    check(env)
    assert env.feature_names == ("x", "y", "velocity_x", "velocity_y")


@pytest.mark.parametrize("maze", [*MAZES, "ring"])
def test_walls_are_the_model_s_boxes(maze: str) -> None:
    env = make(f"pointmaze-{maze}", 1)
    names = [name for i in range(env.model.ngeom) if (name := env.model.geom(i).name).startswith("block_")]
    boxes = [[*(box.pos - box.size)[:2], *(2 * box.size)[:2]] for box in map(env.model.geom, names)]
    np.testing.assert_allclose(env.walls, boxes)
    x_low, x_high, y_low, y_high = env.extent
    assert (x_low, y_low) == tuple(env.walls[:, :2].min(0))
    assert (x_high, y_high) == tuple((env.walls[:, :2] + env.walls[:, 2:]).max(0))


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        ((0.0, 0.0), "goal (0.0, 0.0) lies in a wall of pointmaze-ring; choose another point"),
        ([2.6, 1.0], "goal (2.6, 1.0) lies in a wall of pointmaze-ring"),
        ((3.6, 0.0), "goal (3.6, 0.0) lies outside pointmaze-ring, -3.5 to 3.5 by -2.5 to 2.5 m"),
        ((0.0, 3.0), "lies outside"),  # a row before the first is not the last
        ((float("nan"), 0.0), "goal must be two numbers (x, y) in metres, got (nan, 0.0)"),
        ((1.0, 1.0, 1.0), "goal must be two numbers"),
    ],
)
def test_impossible_goals(goal: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        make("pointmaze-ring", 1, goal=goal)


def test_wrong_settings() -> None:
    with pytest.raises(ValueError, match="^action_repeat must be at least 1, got 0$"):
        make("pointmaze-ring", 1, action_repeat=0)
    with pytest.raises(ValueError, match=r"unknown setting of pointmaze-ring 'gaol'; did you mean 'goal'\? \(choices: action_re"):
        make("pointmaze-ring", 1, gaol=(2, 1))
    with pytest.raises(ValueError, match="unknown setting of pointmaze-ring 'maze'"):
        make("pointmaze-ring", 1, maze="open")
    with pytest.raises(ValueError, match=r"did you mean 'pointmaze-ring'\?"):
        make("pointmaze-rng", 1)
    with pytest.raises(ValueError, match=r"unknown maze 'rng'; did you mean 'ring'\?"):
        PointMaze(1, "rng")


def test_a_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda wanted: None if wanted == "gymnasium_robotics" else object())
    expected = "the simulator 'gymnasium_robotics' is not installed; run: pip install gymnasium-robotics==1.4.2 mujoco==3.17.0"
    with pytest.raises(ModuleNotFoundError, match=f"^{re.escape(expected)}$"):
        make("pointmaze-ring", 1)


def test_nothing_is_left_behind(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    make("pointmaze-ring", 1).close()
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def broken() -> Iterator[PointMaze]:
    """Three balls with a goal at the start, the second of which has just passed what MuJoCo calls a sound state."""
    env = make("pointmaze-ring", 3, goal=(0.0, -1.0), action_repeat=2)
    env.step(torch.zeros(3, 2))
    env.sim.current[1, 1:4] = 1e10 - 0.01, -1.0, 5.0
    yield env
    env.close()


def test_a_ball_that_failed_is_frozen_until_the_reset(broken: PointMaze) -> None:
    for _ in range(3):
        obs, reward, info = broken.step(torch.zeros(3, 2))
        assert info["frozen"].tolist() == [False, True, False]
        assert reward.tolist() == [1, 0, 1]
        assert obs.tolist() == [[0, -1, 0, 0]] * 3
    broken.reset()
    assert broken.step(torch.zeros(3, 2))[1].tolist() == [1, 1, 1]
