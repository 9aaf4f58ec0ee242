"""The terrains keep what their docstrings promise, for many seeds: checked on the boxes and with the ant."""

from itertools import pairwise

import mujoco
import numpy as np
import pytest
import torch
from mujoco import rollout
from scipy import ndimage

from kmyriad.envs.ant.maze_layout import CELLS
from kmyriad.envs.ant.model import DECIMATION, build_spec
from kmyriad.envs.ant.terrains import CAVE_DEPTH, SIZE, STEP_HEIGHT, TERRAINS, WALL_HEIGHT, Terrain, cave, height, maze, pyramid
from kmyriad.envs.mujoco_backend import MujocoAnt

OBSTACLES = ("maze", "pyramid", "cave")
SPACING = 0.1
"""Metres between the points of `height_map`: its x are -20.95, -20.85, ..., 20.95, its y -12.95, ..., 12.95."""
ANT_SPAN = 2 * (0.8 * 2**0.5 + 0.08)
"""Metres between the tips of opposite legs: hip, thigh and foot reach (0.8, 0.8), plus a limb's radius: 2.42 m."""


def height_map(terrain: Terrain) -> np.ndarray:
    """Return the heights [420, 260] on a grid that goes 1 m beyond the rectangle."""
    x, y = (np.arange(-length / 2 - 1 + SPACING / 2, length / 2 + 1, SPACING) for length in SIZE)
    points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    return height(terrain, points.reshape(-1, 2)).reshape(points.shape[:2])


def free_for_ants(terrain: Terrain) -> np.ndarray:
    """Return the points of `height_map` whose surrounding 1 m x 1 m has no wall: an ant's torso and hips pass."""
    return ndimage.binary_erosion(height_map(terrain) == 0.0, np.ones((11, 11)), border_value=1)


def indices(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices into `height_map` of `points` [n, 2]."""
    grid = ((points + np.array(SIZE) / 2 + 1) / SPACING).astype(int)
    return grid[:, 0], grid[:, 1]


def cell_centres() -> np.ndarray:
    """Return the centres [77, 2] of the maze's cells: 11 x 7, evenly spaced between the outer walls of 0.5 m."""
    x, y = ((np.arange(n) - (n - 1) / 2) * (length - 0.5) / n for n, length in zip(CELLS, SIZE, strict=True))
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def test_height_is_the_top_of_the_highest_box() -> None:
    # Box 1 covers x in [0, 2], y in [-1, 1] and reaches 1 + 0.5 = 1.5; box 2 covers x in [1, 3] and reaches 0 + 1 = 1.
    terrain = Terrain("two", -2.0, np.array([[1.0, 0, 1], [2, 0, 0]]), np.array([[1.0, 1, 0.5], [1, 1, 1]]))
    points = np.array([[0.5, 0], [1.5, 0], [2.5, 0], [2.5, 1.1], [-0.1, 0]])
    np.testing.assert_array_equal(height(terrain, points), [1.5, 1.5, 1.0, -2.0, -2.0])


def test_height_wants_pairs() -> None:
    with pytest.raises(ValueError, match=r"xy must be \[n, 2\], got \[3\]"):
        height(maze(), np.zeros(3))


@pytest.mark.parametrize("name", OBSTACLES)
def test_seed_decides_all(name: str) -> None:
    first, again, other = (TERRAINS[name](seed) for seed in (3, 3, 4))
    assert first.centres.tobytes() + first.half_sizes.tobytes() == again.centres.tobytes() + again.half_sizes.tobytes()
    assert first.centres.tobytes() != other.centres.tobytes()


@pytest.mark.parametrize("name", OBSTACLES)
def test_boxes_stay_in_the_rectangle(name: str) -> None:
    for terrain in map(TERRAINS[name], range(50)):
        outer = np.abs(terrain.centres[:, :2]) + terrain.half_sizes[:, :2]
        assert (outer <= np.array(SIZE) / 2 + 1e-9).all()
        assert (terrain.half_sizes > 0).all()


@pytest.mark.parametrize("name", TERRAINS)
def test_start_is_flat_and_free(name: str) -> None:
    """Within a leg's reach the ground is at 0; the ant falls on its four feet and touches nothing else."""
    points = np.random.default_rng(0).uniform(-1, 1, (2000, 2)) * ANT_SPAN / 2
    for terrain in map(TERRAINS[name], range(50)):
        np.testing.assert_array_equal(height(terrain, points), 0.0)
        model = build_spec(terrain).compile()
        data = mujoco.MjData(model)
        mujoco.mj_resetDataKeyframe(model, data, 0)
        mujoco.mj_forward(model, data)
        assert data.ncon == 0
        mujoco.mj_step(model, data, nstep=60)
        touching = [model.geom(geom).name for contact in data.contact[: data.ncon] for geom in contact.geom]
        assert sorted(part for part in touching if part not in ("", "floor")) == [
            "front_left_foot",
            "front_right_foot",
            "left_back_foot",
            "right_back_foot",
        ]


@pytest.mark.slow(6)
def test_corridors_are_wider_than_an_ant() -> None:
    """Then no ant can brace its legs against two opposite walls and climb."""
    for seed in range(20):
        free = height_map(maze(seed)) == 0.0
        for lines in (free, free.T):
            for line in lines[10:-10]:  # the outermost metre lies outside
                walls = np.flatnonzero(~line[10:-10])
                gaps = [high - low - 1 for low, high in pairwise(walls) if high - low > 1]
                assert all(gap * SPACING > ANT_SPAN for gap in gaps)


@pytest.mark.slow(1)
def test_outer_wall_has_no_gap_and_no_notch() -> None:
    for seed in range(10):
        heights = height_map(maze(seed))[10:-10, 10:-10]  # the rectangle
        heights[5:-5, 5:-5] = WALL_HEIGHT  # but for a frame of 0.5 m
        np.testing.assert_array_equal(heights, WALL_HEIGHT)


@pytest.mark.slow(6)
def test_every_cell_is_reached_from_the_start_and_the_outside_is_not() -> None:
    for seed in range(20):
        regions, _ = ndimage.label(free_for_ants(maze(seed)))
        start = regions[indices(np.zeros((1, 2)))]
        assert start != 0
        assert (regions[indices(cell_centres())] == start).all()
        assert regions[0, 0] not in (0, start)


@pytest.mark.slow(7)
def test_each_way_out_of_the_start_leads_to_every_cell() -> None:
    """With the middle cell blocked, the free ground is one region, and the start had an open side to it at least thrice."""
    # The walls of the middle cell, if there, are at x = +-39.5 / 22 = 1.80 and y = +-23.5 / 14 = 1.68.
    walls = np.array([[1.8, 0], [-1.8, 0], [0, 1.68], [0, -1.68]])
    elsewhere = cell_centres()[np.abs(cell_centres()).max(axis=1) > 1]
    for seed in range(20):
        terrain = maze(seed)
        is_open = height(terrain, walls) == 0.0
        assert is_open.sum() >= 3
        free = free_for_ants(terrain)
        (left, right), (low, high) = indices(np.array([[-1.6, -1.6], [1.6, 1.6]]))
        free[left : right + 1, low : high + 1] = False
        regions, _ = ndimage.label(free)
        reached = {*regions[indices(1.4 * walls[is_open])], *regions[indices(elsewhere)]}
        assert len(reached) == 1
        assert 0 not in reached


@pytest.mark.slow(4)
def test_walls_hold() -> None:
    """Ants hurled from every cell at 10 m/s, as fast as a search can make them, with random full torques: none crosses a wall."""
    terrain, rng = maze(), np.random.default_rng(0)
    model = build_spec(terrain).compile()
    starts = cell_centres()
    azimuth, elevation = rng.uniform(0, 2 * np.pi, len(starts)), rng.uniform(0, np.pi / 3, len(starts))
    states = np.zeros((len(starts), 1 + model.nq + model.nv))
    states[:, 1:16] = model.key("start").qpos
    states[:, 1:3] = starts
    horizontal = 10.0 * np.cos(elevation)
    states[:, 16:19] = np.stack([horizontal * np.cos(azimuth), horizontal * np.sin(azimuth), 10.0 * np.sin(elevation)], axis=1)
    torques = np.repeat(rng.choice([-1.0, 1.0], (len(starts), 120, 8)), DECIMATION, axis=1)
    path, _ = rollout.rollout(model, mujoco.MjData(model), states, torques)
    torso = path[:, :, 1:4].reshape(-1, 3)
    # A step at 10 m/s is 0.17 m and a wall 0.5 m thick: who crosses one is seen in it.
    assert (height(terrain, torso[:, :2]) == 0.0).all()
    assert torso[:, 2].max() < WALL_HEIGHT
    assert (np.abs(torso[:, :2]) < np.array(SIZE) / 2).all()


def gait_torques(gaits: np.ndarray, step: int) -> torch.Tensor:
    """Return actions [n, 8] at control step `step`: a sine for each joint. `gaits` [n, 25]: amplitudes, phases, offsets, pace."""
    frequency = 1.5 * np.exp(0.4 * gaits[:, 24:])
    sine = np.sin(2 * np.pi * frequency * step / 12 + 2 * gaits[:, 8:16])
    return torch.from_numpy(np.clip(0.3 * gaits[:, 16:24] + gaits[:, :8] * sine, -1, 1))


def walk(terrain: Terrain, gaits: np.ndarray, steps: int) -> np.ndarray:
    """Return the torso positions [n, steps, 3]."""
    ants = MujocoAnt(len(gaits), terrain, threads=1)
    path = [ants.step(gait_torques(gaits, step))[0][:, :3] for step in range(steps)]
    ants.close()
    return torch.stack(path, dim=1).double().numpy()


def lasting(values: np.ndarray) -> np.ndarray:
    """Return the highest value [n] that each row of `values` [n, steps] keeps for a second (12 steps)."""
    return np.lib.stride_tricks.sliding_window_view(values, 12, axis=1).min(axis=2).max(axis=1)


def levels_climbed(terrain: Terrain, path: np.ndarray) -> np.ndarray:
    """Return the pyramid levels [n] that each ant stands on for a second: the boxes under a torso at most 0.9 m above them."""
    xy = path[:, :, None, :2]
    under = (np.abs(xy - terrain.centres[:, :2]) <= terrain.half_sizes[:, :2]).all(axis=3).sum(axis=2)
    ground = height(terrain, path[:, :, :2].reshape(-1, 2)).reshape(under.shape)
    return lasting(np.where(path[:, :, 2] < ground + 0.9, under, 0))


@pytest.mark.slow(14)
def test_pyramids_can_be_climbed() -> None:
    """A short cross-entropy search over gaits finds an ant that climbs two steps; it takes 2-5 rounds of the 12 allowed."""
    terrain, rng = pyramid(), np.random.default_rng(0)
    mean, deviation = np.zeros(25), np.ones(25)
    climbed = 0
    for _ in range(12):
        gaits = rng.normal(mean, deviation, (60, 25))
        path = walk(terrain, gaits, 240)
        levels = levels_climbed(terrain, path)
        climbed = max(climbed, levels.max())
        if climbed >= 2:
            break
        score = levels + 0.1 * np.linalg.norm(path[:, :, :2], axis=2).max(axis=1)
        elite = gaits[np.argsort(score)[-10:]]
        mean, deviation = elite.mean(axis=0), elite.std(axis=0) + 0.1
    assert climbed >= 2


@pytest.mark.slow(5)
def test_pyramids_have_even_steps() -> None:
    for seed in range(10):
        heights = height_map(pyramid(seed))
        for axis in (0, 1):
            steps = np.abs(np.diff(heights, axis=axis))
            assert steps.max() <= STEP_HEIGHT[1]
            # Treads are wider than the grid's spacing: no two steps look like one.
            assert steps[steps > 1e-9].min() >= STEP_HEIGHT[0]


@pytest.mark.slow(5)
def test_cave_leads_down() -> None:
    """The mean height falls with the distance from the start, down to the floor outside the ellipse."""
    x, y = (np.abs(np.arange(-length / 2 - 1 + SPACING / 2, length / 2 + 1, SPACING)) / (length / 2) for length in SIZE)
    distance = np.hypot(*np.meshgrid(x, y, indexing="ij"))
    for seed in range(10):
        heights = height_map(cave(seed))
        rings = [heights[(distance >= inner) & (distance < inner + 0.25)].mean() for inner in (0.0, 0.25, 0.5, 0.75)]
        assert heights.max() == 0.0
        assert all(high - low > 0.15 * CAVE_DEPTH for high, low in pairwise(rings))
        assert (heights[distance > 1.2] == -CAVE_DEPTH).all()


@pytest.mark.slow(6)
def test_an_ant_gets_down_the_cave() -> None:
    """The best of 100 random gaits spends a second at least 0.6 m below the start (measured over eight draws: 1.0-1.5 m)."""
    path = walk(cave(), np.random.default_rng(0).standard_normal((100, 25)), 300)
    depth = -height(cave(), path[:, :, :2].reshape(-1, 2)).reshape(path.shape[:2])
    assert lasting(np.where(path[:, :, 2] < 0.9 - depth, depth, 0.0)).max() > 0.6
