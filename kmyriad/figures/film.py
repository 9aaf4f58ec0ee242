"""Ants that all move in one scene, as pictures and films."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from kmyriad.envs.ant.model import DECIMATION, PHYSICS_STEP
from kmyriad.envs.ant.scene import add_goal, build_scene
from kmyriad.envs.ant.terrains import Terrain, height
from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.figures.camera import Camera
from kmyriad.figures.draw import head_colours, heads_label
from kmyriad.figures.render import open_renderer
from kmyriad.policies import MultiHeadPolicy

if TYPE_CHECKING:
    import mujoco

RATE = round(1 / (DECIMATION * PHYSICS_STEP))
"""Pictures a second: one for each action."""
PATH_STEPS = 12
"""Physics steps from one point of a drawn path to the next, more where the pieces would be too many."""
MAX_HEADS = 64
_PIECES = 10_000
_REACH = 1.2  # metres from the torso to a foot
_HOLD = 150  # hundredths of a second that the last picture stays
_STRIP = 22  # pixels below the scene, for text
_INK = (60, 60, 60)
_SAMPLES = 8


def draw(
    states: np.ndarray, terrain: Terrain, size: tuple[int, int], goal: tuple[float, float] | None = None
) -> list[Image.Image]:
    """Return a picture after each action from `states` [1 + 5 T, heads, nstate], at the start and after each physics step.

    `size` is width and height in pixels. The camera stands still, where it sees all of all paths; x is to the right.
    `goal` (metres) is a disc of the radius within which it counts as reached.

    Raises:
        ValueError: more than MAX_HEADS heads.
        OpenGLError: OpenGL is missing.
    """
    steps, heads, _ = states.shape
    spec, camera = scene_of(states, terrain, size, goal)
    torsos, spacing = states[..., 1:4], max(PATH_STEPS, steps * heads // _PIECES)
    ground = np.stack([_on_ground(terrain, torsos[:, head]) for head in range(heads)])
    colours = head_colours(heads)
    pictures = []
    with open_renderer(spec) as renderer:
        for step in range(DECIMATION, steps, DECIMATION):
            scene = renderer.draw(camera, states[step], colours, ground[:, : step + 1 : spacing])
            pictures.append(_add_strip(scene, colours, step * PHYSICS_STEP, 1 / camera.metres_per_pixel))
    return pictures


def scene_of(
    states: np.ndarray, terrain: Terrain, size: tuple[int, int], goal: tuple[float, float] | None
) -> tuple["mujoco.MjSpec", Camera]:
    """Return the scene for `draw`'s pictures, and the camera that sees all of all paths; ValueError: too many heads."""
    heads = states.shape[1]
    if heads > MAX_HEADS:
        raise ValueError(f"a picture has room for {MAX_HEADS} ants, not {heads}: take a policy with fewer heads")
    seen = states[..., 1:4].reshape(-1, 3)
    if goal is not None:
        seen = np.concatenate([seen, [[*goal, seen[0, 2]]]])
    camera = _place_camera(seen, (size[0], size[1] - _STRIP))
    spec = build_scene(terrain, camera.size, camera.target, camera.metres_per_pixel * max(camera.size) / 2)
    if goal is not None:
        add_goal(spec, goal, float(height(terrain, np.array([goal]))[0]))
    return spec, camera


def write_gif(pictures: list[Image.Image], heads: int, path: Path) -> None:
    """Write `pictures` of `heads` ants as an endless GIF at the speed of the simulation; the last one stays a little longer."""
    # One palette for all and no dithering: what stands still keeps its colours to the bit, and costs nothing.
    palette = _palette(pictures, heads)
    first, *others = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures)
    # A GIF counts in hundredths of a second: rounded so that no error adds up.
    ends = np.round(100 * np.arange(len(pictures)) / RATE).astype(int)
    durations = [10 * int(hundredths) for hundredths in (*np.diff(ends), _HOLD)]
    first.save(path, format="GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False)


def _place_camera(seen: np.ndarray, size: tuple[int, int]) -> Camera:
    around = [[x, y, z] for x in (-_REACH, _REACH) for y in (-_REACH, _REACH) for z in (-0.4, 0.4)]
    low, high = seen.min(axis=0), seen.max(axis=0)
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    return Camera.around((corners[:, None] + around).reshape(-1, 3), 90.0, -55.0, size)


def _on_ground(terrain: Terrain, points: np.ndarray) -> np.ndarray:
    return np.column_stack([points[:, :2], height(terrain, points[:, :2])])


def _add_strip(scene: np.ndarray, colours: np.ndarray, seconds: float, metre: float) -> Image.Image:
    """Return `scene` above a strip: time, number of heads, up to ten heads' numbers in their colours, a `metre` in pixels."""
    height, width, _ = scene.shape
    picture = Image.new("RGB", (width, height + _STRIP), "white")
    picture.paste(Image.fromarray(scene))
    pen, font, top, bar = ImageDraw.Draw(picture), ImageFont.load_default(13), height + 3, width - 32
    pen.text((8, top), f"{seconds:.1f} s   {heads_label(len(colours))}", _INK, font)
    for head, colour in enumerate(colours if len(colours) <= 10 else []):
        pen.text((124 + 16 * head, top), str(head), tuple(int(255 * c) for c in colour), font)
    pen.line([(bar - metre, top + 8), (bar, top + 8)], _INK, 2)
    pen.text((bar + 5, top), "1 m", _INK, font)
    return picture


def _palette(pictures: list[Image.Image], heads: int) -> Image.Image:
    """Return a picture with the palette for `pictures`: the commonest colours, and shades of each head's, rare as they are."""
    light = np.linspace(0.45, 1.1, min(4, 200 // heads))
    shades = np.clip(255 * head_colours(heads)[:, None] * light[:, None], 0, 255).astype(int).reshape(-1, 3)
    chosen = [pictures[i] for i in np.linspace(0, len(pictures) - 1, _SAMPLES).round().astype(int)]
    number = max(24, 64 - len(shades))
    common = Image.fromarray(np.concatenate([np.asarray(picture) for picture in chosen])).quantize(number).getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette([*(common or [])[: 3 * number], *shades.ravel().tolist(), *_INK])
    return palette


def physics_states(env: MujocoAnt, policy: MultiHeadPolicy, horizon: int, seed: int, deterministic: bool = False) -> np.ndarray:
    """Return the states [1 + 5 * horizon, m, nstate] at the start and after each physics step; a frozen ant stays put.

    `deterministic` takes the mean action.
    """
    generator, obs = torch.Generator().manual_seed(seed), env.reset()
    states = [env.sim.current.copy()]
    for _ in range(horizon):
        obs, _, info = env.step(policy.sample(obs, generator, deterministic)[0])
        for state in env.sim.states.transpose(1, 0, 2):
            states.append(np.where(info["frozen"].numpy(force=True)[:, None], states[-1], state))
    return np.stack(states)
