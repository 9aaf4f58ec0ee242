"""Goals for the ant: points in an annulus around the start that it can stand at."""

import numpy as np

from kmyriad.envs.ant.tasks import GOAL_RADIUS
from kmyriad.envs.ant.terrains import SIZE, WALL_HEIGHT, Terrain, height

CLEARANCE = 0.5
"""Metres around a goal that must be free of walls: room for the torso."""
_TRIES = 10_000


def is_free(terrain: Terrain, xy: np.ndarray) -> np.ndarray:
    """Return for each point `xy` [n, 2] (metres) whether no wall is within CLEARANCE of it, [n], bool.

    Steps of pyramids and tiles of caves are ground, not walls: an ant climbs them.
    """
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = CLEARANCE * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    around = xy[:, None] + np.concatenate([np.zeros((1, 2)), ring])
    low = height(terrain, around.reshape(-1, 2)).reshape(len(xy), -1) < WALL_HEIGHT / 2
    return np.all(low, axis=1)


def check_goal(terrain: Terrain, goal: tuple[float, float]) -> None:
    """Raise ValueError if `goal` (x, y), metres, is not a finite point that is free of walls."""
    point = np.array([goal], dtype=float)
    if point.shape != (1, 2) or not np.isfinite(point).all():
        raise ValueError(f"goal must be two numbers (x, y) in metres, got {goal!r}")
    if not is_free(terrain, point)[0]:
        raise ValueError(f"goal {tuple(goal)} lies in or within {CLEARANCE} m of a wall of {terrain.name}; choose another point")


def sample_goals(terrain: Terrain, count: int, inner: float, outer: float, seed: int) -> list[tuple[float, float]]:
    """Return `count` goals (x, y), metres, uniform over the free part of the annulus inner <= |goal| <= outer (Section 7.2).

    Goals lie in the terrain's rectangle and at least GOAL_RADIUS from one another, so that they are different tasks.

    Raises:
        ValueError: the annulus is empty or has not enough free space.
    """
    if not 0 <= inner < outer:
        raise ValueError(f"an annulus needs 0 <= inner < outer, got inner {inner} and outer {outer} m")
    rng = np.random.default_rng(seed)
    radius = np.sqrt(rng.uniform(inner**2, outer**2, _TRIES))
    angle = rng.uniform(0, 2 * np.pi, _TRIES)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    inside = (np.abs(points) <= np.array(SIZE) / 2).all(axis=1)
    points = points[inside & is_free(terrain, points)]
    goals: list[tuple[float, float]] = []
    for point in points:
        if all(np.hypot(*(point - goal)) >= GOAL_RADIUS for goal in goals):
            goals.append((round(float(point[0]), 3), round(float(point[1]), 3)))
        if len(goals) == count:
            return goals
    raise ValueError(
        f"{terrain.name} has free space for {len(goals)} of {count} goals between {inner} and {outer} m; widen the annulus"
    )
