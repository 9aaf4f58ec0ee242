"""Episodes in MuJoCo's viewer, at the speed of the simulation."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, sleep
from typing import Any

import numpy as np

from kmyriad.envs.ant.scene import build_scene
from kmyriad.envs.opengl import OpenGLError, check_opengl
from kmyriad.figures.geoms import add_copy, add_goal
from kmyriad.figures.heads import head_colours
from kmyriad.figures.render import Disc
from kmyriad.play.cast import Cast
from kmyriad.play.episode import episode

_PATIENCE = 10.0  # seconds that a window may take to close
_AROUND = 20.0  # metres around the start in which the ants' scene has shadows


def check_display() -> None:
    """Raise OpenGLError if no window can be opened, with what to do instead."""
    import glfw

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        there = glfw.init()
    if not there:
        check_opengl()  # without any OpenGL a video is no way out
        raise OpenGLError("there is no display to open a window on: write a video instead, e.g. --video walk.mp4 or walk.gif")


def show(cast: Cast, actions: int, disc: Disc | None, again: bool) -> None:
    """Show episodes of `actions` actions until the window is closed; only one unless `again`."""
    import mujoco
    import mujoco.viewer

    model = _model(cast)
    colours = head_colours(len(cast.names))
    data, ours = mujoco.MjData(model), {*threading.enumerate()}
    with _joined(ours), mujoco.viewer.launch_passive(model, data, show_left_ui=False, show_right_ui=False) as viewer:
        _look_at(viewer, model, len(cast.names))
        while viewer.is_running():
            _play_once(viewer, cast, actions, (model, data), colours, disc)
            if not again:
                return


@contextmanager
def _joined(ours: set[threading.Thread]) -> Iterator[None]:
    """In the end wait for all threads but `ours`: closing a window takes MuJoCo's own a moment, and an exit before crashes."""
    try:
        yield
    finally:
        for thread in {*threading.enumerate()} - ours:
            thread.join(_PATIENCE)


def _play_once(viewer: Any, cast: Cast, actions: int, body: tuple[Any, Any], colours: np.ndarray, disc: Disc | None) -> None:
    due = perf_counter()
    for states in episode(cast, actions):
        for state in states:
            if not viewer.is_running():
                return
            _draw(viewer, state, body, colours, disc)
            due += cast.simulation.seconds / len(states)
            sleep(max(0.0, due - perf_counter()))


def _draw(viewer: Any, states: np.ndarray, body: tuple[Any, Any], colours: np.ndarray, disc: Disc | None) -> None:
    """Put the first of `states` [n, nstate] into the viewer's own data, and the others beside it."""
    import mujoco

    model, data = body
    other = mujoco.MjData(model)
    with viewer.lock():
        viewer.user_scn.ngeom = 0
        if disc is not None:
            add_goal(viewer.user_scn, *disc)
        for state, colour in zip(states[1:], colours[1:], strict=True):
            _pose(model, other, state)
            add_copy(viewer.user_scn, model, other, colour)
        _pose(model, data, states[0])
    viewer.sync()


def _pose(model: Any, data: Any, state: np.ndarray) -> None:
    import mujoco

    mujoco.mj_setState(model, data, state, mujoco.mjtState.mjSTATE_FULLPHYSICS)
    mujoco.mj_forward(model, data)


def _model(cast: Cast) -> Any:
    """Return what the viewer draws: ants on their terrain, the first one in its colour; any other model as it is."""
    terrain = cast.simulation.terrain
    if terrain is None:
        return cast.simulation.model
    model = build_scene(terrain, (640, 480), np.zeros(3), _AROUND).compile()
    moving = model.body_weldid[model.geom_bodyid] != 0
    model.geom_rgba[moving, :3] = head_colours(len(cast.names))[0]
    return model


def _look_at(viewer: Any, model: Any, copies: int) -> None:
    """Let the camera follow a single copy that travels; of several, look at the start."""
    import mujoco

    travels = np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE)
    viewer.cam.azimuth, viewer.cam.elevation = 90.0, -35.0
    if len(travels):
        viewer.cam.distance = 12.0 if copies == 1 else 30.0
    if len(travels) and copies == 1:
        viewer.cam.type = mujoco.mjtCamera.mjCAMERA_TRACKING
        viewer.cam.trackbodyid = model.jnt_bodyid[travels[0]]
