"""Pictures of several copies of a MuJoCo model in one scene, without a screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kmyriad.envs.opengl import make_context
from kmyriad.figures.camera import Camera
from kmyriad.figures.geoms import add_copy, add_goal, add_path

if TYPE_CHECKING:
    import mujoco

MAX_GEOMS = 20_000
"""Shapes in one picture: 13 an ant, the boxes of the terrain, and all pieces of all paths."""


class Disc(NamedTuple):
    """A goal on the ground: its `centre` [3] and `radius`, in metres."""

    centre: np.ndarray
    radius: float


class Renderer:
    """Draws copies of `model` as pictures [height, width, 3], uint8, of the model's offscreen size; see `open_renderer`.

    MuJoCo's own Renderer uses the OpenGL platform that was chosen when mujoco was first imported, which is too early here.
    """

    def __init__(self, model: "mujoco.MjModel") -> None:
        import mujoco

        self.model = model
        self._data = mujoco.MjData(model)
        self._scene = mujoco.MjvScene(model, MAX_GEOMS)
        self._option, self._perturbation = mujoco.MjvOption(), mujoco.MjvPerturb()
        self._context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)

    def draw(
        self,
        camera: Camera,
        states: np.ndarray,
        colours: np.ndarray | None,
        paths: np.ndarray | None = None,
        goal: Disc | None = None,
    ) -> np.ndarray:
        """Return a picture of the copies whose physics states are `states` [n, nstate], from `camera`.

        `colours` [n, 3] in 0..1 are those of the copies and of the lines along `paths` [n, t, 3], points in metres; without
        them the copies have the model's own.
        """
        self._draw_ground(camera, states[0])
        if goal is not None:
            add_goal(self._scene, *goal)
        for copy, state in enumerate(states):
            add_copy(self._scene, self.model, self._pose(state), None if colours is None else colours[copy])
        if paths is not None and colours is not None:
            for path, colour in zip(paths, colours, strict=True):
                add_path(self._scene, path, colour, 2 * camera.metres_per_pixel)
        return self._read(camera.size)

    def close(self) -> None:
        """Free what is on the graphics device."""
        self._context.free()

    def _draw_ground(self, camera: Camera, state: np.ndarray) -> None:
        import mujoco

        view = mujoco.MjvCamera()
        view.lookat, view.distance = camera.target, camera.distance
        view.azimuth, view.elevation = camera.azimuth, camera.elevation
        data, still = self._pose(state), mujoco.mjtCatBit.mjCAT_STATIC
        mujoco.mjv_updateScene(self.model, data, self._option, self._perturbation, view, still, self._scene)

    def _pose(self, state: np.ndarray) -> "mujoco.MjData":
        import mujoco

        mujoco.mj_setState(self.model, self._data, state, mujoco.mjtState.mjSTATE_FULLPHYSICS)
        mujoco.mj_kinematics(self.model, self._data)
        mujoco.mj_camlight(self.model, self._data)
        return self._data

    def _read(self, size: tuple[int, int]) -> np.ndarray:
        import mujoco

        width, height = size
        picture, whole = np.empty((height, width, 3), np.uint8), mujoco.MjrRect(0, 0, width, height)
        mujoco.mjr_render(whole, self._scene, self._context)
        mujoco.mjr_readPixels(picture, None, whole, self._context)
        return picture[::-1]  # OpenGL's first row is the lowest


@contextmanager
def open_renderer(model: "mujoco.MjModel") -> Iterator[Renderer]:
    """Give a renderer of `model`; OpenGL is EGL on Linux, with or without a display, unless MUJOCO_GL says otherwise.

    Raises:
        OpenGLError: OpenGL is missing.
    """
    context = make_context(model.vis.global_.offwidth, model.vis.global_.offheight)
    renderer = Renderer(model)
    try:
        yield renderer
    finally:
        # In this order: what a renderer holds can only be freed in the context that it was made in.
        renderer.close()
        context.free()
