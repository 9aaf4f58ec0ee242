"""Moving pictures of several copies of a robot in one scene: the ants on their terrain, or any MuJoCo model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from kmyriad.envs.ant.model import DECIMATION, PHYSICS_STEP
from kmyriad.envs.ant.scene import FIELD_OF_VIEW, build_scene
from kmyriad.envs.ant.terrains import Terrain, height
from kmyriad.figures.camera import Camera
from kmyriad.figures.heads import head_colours, heads_label
from kmyriad.figures.render import Disc, open_renderer

if TYPE_CHECKING:
    import mujoco

PATH_STEPS = 12
"""Physics steps from one point of a drawn path to the next, more where the pieces would be too many."""
MAX_HEADS = 64
STRIP = 22
"""Pixels below the scene, for text."""
INK = (60, 60, 60)
_PIECES = 10_000
_REACH = 1.2  # metres from the torso to a foot
_POSES = 100
"""States of an episode by which the camera of any model is placed."""
_FLAT = 0.2
"""What moves less in height than this share of its way in the plane is looked at from above."""


@dataclass(frozen=True)
class Film:
    """What is drawn: `states` [1 + T, n, nstate] of n copies, `interval` seconds apart, the copies' `names`.

    `size` is width and height of the pictures in pixels; every `every`-th state after the first one gets a picture.
    """

    states: np.ndarray
    size: tuple[int, int]
    names: Sequence[str]
    interval: float = PHYSICS_STEP
    every: int = DECIMATION

    @property
    def scene_size(self) -> tuple[int, int]:
        """Width and height above the strip of text."""
        return self.size[0], self.size[1] - STRIP

    @property
    def shown(self) -> range:
        """The indices of the states that get a picture."""
        return range(self.every, len(self.states), self.every)

    def check(self) -> None:
        """Raise ValueError if there are more than MAX_HEADS copies."""
        if self.states.shape[1] > MAX_HEADS:
            raise ValueError(
                f"a picture has room for {MAX_HEADS} ants, not {self.states.shape[1]}: take a policy with fewer heads"
            )


def draw_ants(film: Film, terrain: Terrain, goal: Disc | None = None) -> Iterator[Image.Image]:
    """Yield the pictures of ants on `terrain`, whose paths are drawn on the ground.

    The camera stands still, where it sees all of all paths and the `goal`; x is to the right.

    Raises:
        ValueError: more than MAX_HEADS ants.
        OpenGLError: OpenGL is missing.
    """
    film.check()
    steps, heads, _ = film.states.shape
    torsos, spacing = film.states[..., 1:4], max(PATH_STEPS, steps * heads // _PIECES)
    camera = _place_camera(torsos, film.scene_size, goal)
    ground = np.stack([_on_ground(terrain, torsos[:, head]) for head in range(heads)])
    colours = head_colours(heads)
    spec = build_scene(terrain, camera.size, camera.target, camera.metres_per_pixel * max(camera.size) / 2)
    with open_renderer(spec.compile()) as renderer:
        for step in film.shown:
            scene = renderer.draw(camera, film.states[step], colours, ground[:, : step + 1 : spacing], goal)
            yield _add_strip(scene, film, step, colours, camera)


def draw_model(film: Film, model: "mujoco.MjModel", goal: Disc | None = None) -> Iterator[Image.Image]:
    """Yield the pictures of copies of `model`, whose settings of pictures are changed; a single copy keeps its colours.

    The camera stands still, where it sees all that moves and the `goal`, from the side or, where it is flat, from above.

    Raises: as `draw_ants`.
    """
    film.check()
    points = _moving_points(film.states[:: max(1, len(film.states) // _POSES)], model, goal)
    extent = np.ptp(points, axis=0)
    elevation = -75.0 if extent[2] < _FLAT * max(extent[:2]) else -20.0
    camera = Camera.around(points, 90.0, elevation, film.scene_size)
    _prepare(model, camera)
    copies = film.states.shape[1]
    colours = head_colours(copies) if copies > 1 else None
    with open_renderer(model) as renderer:
        for step in film.shown:
            scene = renderer.draw(camera, film.states[step], colours, goal=goal)
            yield _add_strip(scene, film, step, head_colours(copies), camera)


def _place_camera(torsos: np.ndarray, size: tuple[int, int], goal: Disc | None) -> Camera:
    around = [[x, y, z] for x in (-_REACH, _REACH) for y in (-_REACH, _REACH) for z in (-0.4, 0.4)]
    low, high = torsos.min(axis=(0, 1)), torsos.max(axis=(0, 1))
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    points = (corners[:, None] + around).reshape(-1, 3)
    return Camera.around(np.concatenate([points, _rim(goal)]), 90.0, -55.0, size)


def _rim(goal: Disc | None) -> np.ndarray:
    """Return the corners of the square around `goal`, [4, 3], none without one, [0, 3]."""
    if goal is None:
        return np.zeros((0, 3))
    return goal.centre + goal.radius * np.array([[x, y, 0.0] for x in (-1, 1) for y in (-1, 1)])


def _moving_points(states: np.ndarray, model: "mujoco.MjModel", goal: Disc | None) -> np.ndarray:
    """Return the ends, along each axis, of balls around all shapes that move, [n, 3], and the rim of `goal`."""
    import mujoco

    data, found = mujoco.MjData(model), [_rim(goal)]
    moving = np.flatnonzero((model.body_weldid[model.geom_bodyid] != 0) & (model.geom_rbound > 0))
    reach = model.geom_rbound[moving, None]
    for state in states.reshape(-1, states.shape[-1]):
        mujoco.mj_setState(model, data, state, mujoco.mjtState.mjSTATE_FULLPHYSICS)
        mujoco.mj_kinematics(model, data)
        found += [data.geom_xpos[moving] + sign * reach for sign in (-1, 1)]
    return np.concatenate(found)


def _prepare(model: "mujoco.MjModel", camera: Camera) -> None:
    """Set what a picture from `camera` needs: its size, its field of view, and how far it sees."""
    model.vis.global_.offwidth, model.vis.global_.offheight = camera.size
    model.vis.global_.fovy = FIELD_OF_VIEW
    model.stat.center[:] = camera.target
    model.stat.extent = camera.metres_per_pixel * max(camera.size) / 2
    model.vis.map.znear, model.vis.map.zfar = 0.01, 30.0


def _on_ground(terrain: Terrain, points: np.ndarray) -> np.ndarray:
    return np.column_stack([points[:, :2], height(terrain, points[:, :2])])


def _add_strip(scene: np.ndarray, film: Film, step: int, colours: np.ndarray, camera: Camera) -> Image.Image:
    """Return `scene` above a strip: time, number of heads, up to ten heads' names in their colours, a metre for scale."""
    height, width, _ = scene.shape
    metre = 1 / camera.metres_per_pixel
    picture = Image.new("RGB", (width, height + STRIP), "white")
    picture.paste(Image.fromarray(scene))
    pen, font, top, bar = ImageDraw.Draw(picture), ImageFont.load_default(13), height + 3, width - 32
    pen.text((8, top), f"{step * film.interval:.1f} s   {heads_label(len(colours))}", INK, font)
    left = 124.0
    for name, colour in zip(film.names, colours, strict=True) if len(colours) <= 10 else ():
        pen.text((left, top), name, tuple(int(255 * c) for c in colour), font)
        left += 16 if len(name) == 1 else pen.textlength(name, font) + 8
    if metre < width / 2:
        pen.line([(bar - metre, top + 8), (bar, top + 8)], INK, 2)
        pen.text((bar + 5, top), "1 m", INK, font)
    return picture
