"""What a picture of the ants needs beside their physics: light, sky, materials. The physics stays that of `model.build_spec`."""

from typing import TYPE_CHECKING

import numpy as np

from kmyriad.envs.ant.model import build_spec
from kmyriad.envs.ant.terrains import WALL_HEIGHT, Terrain

if TYPE_CHECKING:
    import mujoco

CUT = 1.2
"""Metres at which walls are cut off in pictures, as in a floor plan: whole ones hide all that is between them."""
SQUARE = 1.0
"""Metres along a side of the squares on the ground, for scale."""
FIELD_OF_VIEW = 30.0
"""Degrees from the lower to the upper edge of a picture; narrow, so that what is far is not much smaller."""
_HIDDEN = 4  # a geom group that MuJoCo does not draw unless told to
_SKY, _HAZE = (0.86, 0.92, 1.0), (0.96, 0.97, 0.98)
_LIGHT_SQUARE, _DARK_SQUARE = (0.93, 0.92, 0.89), (0.86, 0.85, 0.82)
_LOW, _HIGH = np.array([0.62, 0.66, 0.72]), np.array([0.96, 0.87, 0.70])
_WALL = np.array([0.72, 0.62, 0.52])
_INSET = 0.01
_SUN = np.array([0.45, 0.35, -1.0])


def build_scene(terrain: Terrain, size: tuple[int, int], centre: np.ndarray, radius: float) -> "mujoco.MjSpec":
    """Return the Ant on `terrain`, with what pictures of `size` (width, height in pixels) need.

    `centre` [3] and `radius`, in metres, are those of a ball around all that matters: shadows are drawn in there.
    """
    spec = build_spec(terrain)
    spec.visual.global_.offwidth, spec.visual.global_.offheight = size
    spec.visual.global_.fovy = FIELD_OF_VIEW
    spec.stat.center, spec.stat.extent = centre, radius
    _set_quality(spec)
    _add_light(spec, centre, radius)
    _add_materials(spec)
    _colour_terrain(spec, terrain)
    return spec


def _set_quality(spec: "mujoco.MjSpec") -> None:
    quality, near_and_far = spec.visual.quality, spec.visual.map
    # About a second a picture on one core with MuJoCo's own finer shapes; these look the same at our sizes.
    quality.numslices, quality.numstacks, quality.offsamples = 20, 10, 4
    quality.shadowsize = 2048 if spec.visual.global_.offwidth <= 512 else 8192
    near_and_far.znear, near_and_far.zfar = 0.1, 10.0
    # MuJoCo's map of shadows is too coarse in depth near the edge that faces the sun, so that edge must lie outside the ball.
    near_and_far.shadowclip = 3.0


def _add_light(spec: "mujoco.MjSpec", centre: np.ndarray, radius: float) -> None:
    import mujoco

    spec.visual.headlight.ambient, spec.visual.headlight.diffuse = [0.42] * 3, [0.18] * 3
    spec.visual.headlight.specular = [0.0] * 3
    direction = _SUN / np.linalg.norm(_SUN)
    sun = spec.worldbody.add_light(name="sun", pos=centre - 2 * radius * direction, dir=direction, castshadow=True)
    sun.type = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
    sun.diffuse, sun.specular = [0.55] * 3, [0.15] * 3


def _add_materials(spec: "mujoco.MjSpec") -> None:
    import mujoco

    gradient = dict(builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT, rgb1=_SKY, rgb2=_HAZE, width=64, height=384)
    spec.add_texture(name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX, **gradient)
    checks = dict(builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER, rgb1=_LIGHT_SQUARE, rgb2=_DARK_SQUARE, width=256, height=256)
    spec.add_texture(name="squares", type=mujoco.mjtTexture.mjTEXTURE_2D, **checks)
    # A texture holds two squares a side; texuniform counts repeats a metre.
    ground = spec.add_material(name="ground", texrepeat=[0.5 / SQUARE] * 2, texuniform=True, specular=0.0)
    ground.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "squares"
    spec.geom("floor").material = "ground"


def _colour_terrain(spec: "mujoco.MjSpec", terrain: Terrain) -> None:
    """Colour boxes by the height of their tops, and draw walls only up to CUT."""
    tops = terrain.centres[:, 2] + terrain.half_sizes[:, 2]
    shares = (tops - terrain.floor) / (tops.max(initial=terrain.floor + 1e-9) - terrain.floor)
    boxes = [geom for geom in spec.worldbody.geoms if geom.name != "floor"]
    for geom, top, share in zip(boxes, tops, shares, strict=True):
        geom.rgba = [*(_LOW + share * (_HIGH - _LOW)), 1.0]
        if top >= WALL_HEIGHT:
            _draw_cut(spec, geom)


def _draw_cut(spec: "mujoco.MjSpec", wall: "mujoco.MjsGeom") -> None:
    wall.group = _HIDDEN
    bottom = wall.pos[2] - wall.size[2]
    # Where two walls cross, the one along x covers the other: faces in one plane would be lit twice.
    half_size = np.array([*wall.size[:2], (CUT - bottom) / 2]) - (_INSET if wall.size[1] > wall.size[0] else 0.0)
    position, rgba = [*wall.pos[:2], bottom + half_size[2]], [*_WALL, 1.0]
    # It touches nothing.
    spec.worldbody.add_geom(type=wall.type, pos=position, size=half_size, rgba=rgba, contype=0, conaffinity=0)
