"""Goals lie in the annulus, in the rectangle, and never in a wall."""

import numpy as np
import pytest
import torch

from kmyriad.envs import make
from kmyriad.envs.ant.goals import CLEARANCE, is_free, sample_goals
from kmyriad.envs.ant.terrains import TERRAINS, Terrain

WALL = Terrain("wall", 0.0, np.array([[5.0, 0.0, 2.5]]), np.array([[1.0, 1.0, 2.5]]))


def test_free_by_hand() -> None:
    # The wall covers 4 <= x <= 6, -1 <= y <= 1; a torso of 0.5 m fits from x = 3.5 on down.
    points = np.array([[5.0, 0.0], [3.6, 0.0], [3.4, 0.0], [0.0, 0.0], [5.0, 1.4], [5.0, 1.6]])
    assert is_free(WALL, points).tolist() == [False, False, True, True, False, True]
    assert CLEARANCE == 0.5


@pytest.mark.parametrize("name", list(TERRAINS))
@pytest.mark.parametrize(("inner", "outer"), [(1.5, 4.5), (4.5, 8.0)])
def test_goals_are_in_the_annulus_and_free(name: str, inner: float, outer: float) -> None:
    terrain = TERRAINS[name](0)
    goals = np.array(sample_goals(terrain, 6, inner, outer, seed=3))
    radius = np.hypot(*goals.T)
    assert ((radius >= inner - 1e-3) & (radius <= outer + 1e-3)).all()
    assert is_free(terrain, goals).all()
    apart = np.hypot(*(goals[:, None] - goals[None]).transpose(2, 0, 1))
    assert apart[~np.eye(6, dtype=bool)].min() >= 1.0 - 1e-2


def test_uniform_over_the_area() -> None:
    # Uniform by area between 0 and R: half of the goals lie beyond R / sqrt 2. 200 goals: standard deviation 0.035.
    goals = np.array([sample_goals(TERRAINS["empty"](0), 1, 0.0, 10.0, seed)[0] for seed in range(200)])
    assert (np.hypot(*goals.T) > 10 / 2**0.5).mean() == pytest.approx(0.5, abs=0.12)


def test_seeded() -> None:
    first, again, other = (sample_goals(TERRAINS["maze"](0), 3, 2.0, 6.0, seed) for seed in (1, 1, 2))
    assert first == again != other


def test_no_free_space() -> None:
    with pytest.raises(ValueError, match=r"wall has free space for 1 of 2 goals between 0\.0 and 0\.4 m; widen the annulus"):
        sample_goals(WALL, 2, 0.0, 0.4, seed=0)
    with pytest.raises(ValueError, match="0 <= inner < outer"):
        sample_goals(WALL, 1, 4.0, 2.0, seed=0)


def test_goal_in_a_wall_is_refused() -> None:
    wall = TERRAINS["maze"](0).centres[0]
    with pytest.raises(ValueError, match="lies in or within 0.5 m of a wall of maze; choose another point"):
        make("ant-maze", 1, goal=(float(wall[0]), float(wall[1])))
    with pytest.raises(ValueError, match="must be two numbers"):
        make("ant-maze", 1, goal=(float("nan"), 0.0))


def test_reward_within_a_metre_of_the_goal() -> None:
    env = make("ant-empty", 2, goal=(1.0, 0.0))
    obs = env.reset()
    # The goal lies straight ahead (yaw 0): angle 0, heading projection 1.
    assert obs[0, env.feature_names.index("angle_to_target")] == 0
    assert obs[0, env.feature_names.index("heading_projection")] == 1
    env.sim.current[0, 1:3] = (0.5, 0.0)
    env.sim.current[1, 1:3] = (-0.5, 0.0)
    _, reward, _ = env.step(torch.zeros(2, 8))
    assert reward.tolist() == [1.0, 0.0]
