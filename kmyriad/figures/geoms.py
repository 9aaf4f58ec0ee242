"""What is added to a MuJoCo scene beside its model: further copies that move, lines, and the disc of a goal."""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import mujoco

GOAL_COLOUR = (0.85, 0.1, 0.1, 0.35)
"""Red, green, blue and opacity of a goal's disc."""
_THICKNESS = 0.02  # metres, half of a disc's


def add_copy(scene: "mujoco.MjvScene", model: "mujoco.MjModel", data: "mujoco.MjData", colour: np.ndarray | None = None) -> None:
    """Add all that moves of `model` in the state `data`, in `colour` [3] in 0..1 or, where that is None, in its own."""
    import mujoco

    first, moving = scene.ngeom, mujoco.mjtCatBit.mjCAT_DYNAMIC
    mujoco.mjv_addGeoms(model, data, mujoco.MjvOption(), mujoco.MjvPerturb(), moving, scene)
    if colour is not None:
        for geom in scene.geoms[first : scene.ngeom]:
            geom.rgba[:3] = colour


def add_path(scene: "mujoco.MjvScene", path: np.ndarray, colour: np.ndarray, radius: float) -> None:
    """Add a line of `radius` (metres) along the points `path` [t, 3] (metres)."""
    import mujoco

    capsule = mujoco.mjtGeom.mjGEOM_CAPSULE
    for start, end in pairwise(path):
        mujoco.mjv_connector(_add(scene, capsule, np.append(colour, 1.0)), capsule, radius, start, end)


def add_goal(scene: "mujoco.MjvScene", centre: np.ndarray, radius: float) -> None:
    """Add a flat disc of `radius` (metres) around `centre` [3] (metres)."""
    import mujoco

    size = np.array([radius, _THICKNESS, 0.0])
    _add(scene, mujoco.mjtGeom.mjGEOM_CYLINDER, np.array(GOAL_COLOUR), size, centre)


def _add(
    scene: "mujoco.MjvScene",
    shape: "mujoco.mjtGeom",
    rgba: np.ndarray,
    size: np.ndarray | None = None,
    position: np.ndarray | None = None,
) -> "mujoco.MjvGeom":
    import mujoco

    zeros = np.zeros(3)
    geom = scene.geoms[scene.ngeom]
    place = zeros if position is None else position
    mujoco.mjv_initGeom(geom, shape, zeros if size is None else size, place, np.eye(3).ravel(), rgba.astype(np.float32))
    scene.ngeom += 1
    return geom
