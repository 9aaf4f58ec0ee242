"""Tasks of the DeepMind Control suite seen by a camera."""

import atexit
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kmyriad.collaborative.tasks.control_suite import ControlSuite
from kmyriad.collaborative.tasks.pool import Picture
from kmyriad.envs.opengl import make_context
from kmyriad.settings.collaborative.drq import DrqSettings

PREFIX = "pixels-"
GREY = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a grey frame (ITU-R BT.601)."""
MAX_GEOMS = 1000
"""Shapes of a picture; the suite's tasks have fewer than 100."""
_CAMERAS = {"quadruped": 2}
"""Of the domains that are not seen by camera 0, as in the public jaxrl2."""


def picture_of(drq: DrqSettings) -> Picture:
    """Return how observations lie."""
    return Picture(drq.channels, drq.size, drq.size, drq.stack, 1 / 255)


class Pixels(ControlSuite):
    """`ControlSuite` whose observations are the last frames, squares in three colours or in grey, as bytes; see `picture_of`.

    Before an episode's beginning the first frame counts again. Shadows, reflections, sky, haze and smoothed edges are left
    out: software draws a frame ten times as fast without them.

    Raises:
        ImportError: dm_control is missing.
        OpenGLError: OpenGL is missing.
    """

    def __init__(self, task: str, num_envs: int, repeat: int, picture: Picture) -> None:
        super().__init__(task.removeprefix(PREFIX), num_envs, repeat)
        self.picture, self.obs_dim = picture, picture.features
        self._camera = Camera([model for model, _ in self.bodies()], picture.rows, _CAMERAS.get(task.split("-")[1], 0))
        self._frames = torch.empty(num_envs, picture.stack, picture.frame, dtype=torch.uint8)

    def _seen(self, steps: Sequence[Any]) -> Tensor:
        """Draw all copies; return the frames [m, d], the oldest first."""
        colours = self._camera.draw([data for _, data in self.bodies()])
        frames = torch.from_numpy(colours if self.picture.channels > 1 else grey(colours)).flatten(1)
        if self._time == 0:
            self._frames = frames[:, None].repeat(1, self.picture.stack, 1)
        else:
            self._frames = torch.cat([self._frames[:, 1:], frames[:, None]], 1)
        return self._frames.flatten(1)


class Camera:
    """Draws copies of one MuJoCo model, each by itself, by the model's own camera `number`."""

    def __init__(self, models: Sequence[Any], size: int, number: int) -> None:
        import mujoco

        self._models, self._size, first = models, size, models[0]
        first.vis.global_.offwidth = first.vis.global_.offheight = size
        first.vis.quality.offsamples = 0
        self._platform = make_context(size, size)
        self._context = mujoco.MjrContext(first, mujoco.mjtFontScale.mjFONTSCALE_100)
        self._scene = mujoco.MjvScene(first, MAX_GEOMS)
        for flag in ("SHADOW", "REFLECTION", "SKYBOX", "HAZE"):
            self._scene.flags[getattr(mujoco.mjtRndFlag, f"mjRND_{flag}")] = 0
        # At the end of the process before EGL's own end, which was registered earlier: nothing can be freed after it.
        atexit.register(weakref.finalize(self, _free, self._platform, self._context))
        self._view, self._option, self._perturbation = mujoco.MjvCamera(), mujoco.MjvOption(), mujoco.MjvPerturb()
        self._view.type, self._view.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, number

    def draw(self, states: Sequence[Any]) -> np.ndarray:
        """Return the frames of copies whose mujoco.MjData are `states`, uint8 [m, 3, size, size]."""
        import mujoco

        self._platform.make_current()
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        frames = np.empty((len(states), self._size, self._size, 3), np.uint8)
        whole, everything = mujoco.MjrRect(0, 0, self._size, self._size), mujoco.mjtCatBit.mjCAT_ALL
        for frame, model, state in zip(frames, self._models, states, strict=True):
            mujoco.mjv_updateScene(model, state, self._option, self._perturbation, self._view, everything, self._scene)
            mujoco.mjr_render(whole, self._scene, self._context)
            mujoco.mjr_readPixels(frame, None, whole, self._context)
        return np.ascontiguousarray(frames[:, ::-1].transpose(0, 3, 1, 2))  # OpenGL's first row is the lowest


def grey(colours: np.ndarray) -> np.ndarray:
    """Return frames of one channel: uint8 [m, 3, rows, columns] -> [m, 1, rows, columns], GREY-weighted and rounded."""
    mixed = np.tensordot(colours, np.array(GREY), ([1], [0]))
    return np.rint(mixed).astype(np.uint8)[:, None]


def _free(platform: Any, context: Any) -> None:
    """Free what is on the graphics device, in the OpenGL context that it was made in."""
    platform.make_current()
    context.free()
    platform.free()
