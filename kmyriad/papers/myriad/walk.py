"""One ant for each head, all in one scene, as a moving picture."""

import argparse
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from kmyriad.envs import make
from kmyriad.envs.ant.model import DECIMATION, PHYSICS_STEP
from kmyriad.envs.ant.scene import build_scene
from kmyriad.envs.ant.terrains import Terrain, height
from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.figures.camera import Camera
from kmyriad.figures.draw import head_colours, heads_label
from kmyriad.figures.render import check_opengl, open_renderer
from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.pictures import FORMAT
from kmyriad.jobs.records import write_record
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings import WalkJob

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


def draw(states: np.ndarray, terrain: Terrain, size: tuple[int, int]) -> list[Image.Image]:
    """Return a picture after each action from `states` [1 + 5 T, heads, nstate], at the start and after each physics step.

    `size` is width and height in pixels. The camera stands still, where it sees all of all paths; x is to the right.

    Raises:
        ValueError: more than MAX_HEADS heads.
        OpenGLError: OpenGL is missing.
    """
    steps, heads, _ = states.shape
    if heads > MAX_HEADS:
        raise ValueError(f"a picture has room for {MAX_HEADS} ants, not {heads}: take a policy with fewer heads")
    torsos, spacing = states[..., 1:4], max(PATH_STEPS, steps * heads // _PIECES)
    camera = _place_camera(torsos, (size[0], size[1] - _STRIP))
    ground = np.stack([_on_ground(terrain, torsos[:, head]) for head in range(heads)])
    colours = head_colours(heads)
    spec = build_scene(terrain, camera.size, camera.target, camera.metres_per_pixel * max(camera.size) / 2)
    pictures = []
    with open_renderer(spec) as renderer:
        for step in range(DECIMATION, steps, DECIMATION):
            scene = renderer.draw(camera, states[step], colours, ground[:, : step + 1 : spacing])
            pictures.append(_add_strip(scene, colours, step * PHYSICS_STEP, 1 / camera.metres_per_pixel))
    return pictures


def write_gif(pictures: list[Image.Image], heads: int, path: Path) -> None:
    """Write `pictures` of `heads` ants as an endless GIF at the speed of the simulation; the last one stays a little longer."""
    # One palette for all and no dithering: what stands still keeps its colours to the bit, and costs nothing.
    palette = _palette(pictures, heads)
    first, *others = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures)
    # A GIF counts in hundredths of a second: rounded so that no error adds up.
    ends = np.round(100 * np.arange(len(pictures)) / RATE).astype(int)
    durations = [10 * int(hundredths) for hundredths in (*np.diff(ends), _HOLD)]
    first.save(path, format="GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False)


def _place_camera(torsos: np.ndarray, size: tuple[int, int]) -> Camera:
    around = [[x, y, z] for x in (-_REACH, _REACH) for y in (-_REACH, _REACH) for z in (-0.4, 0.4)]
    low, high = torsos.min(axis=(0, 1)), torsos.max(axis=(0, 1))
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


def walk(job: WalkJob, policy_path: Path, gif: Path) -> None:
    """Write the moving picture of one episode of the policy at `policy_path` to `gif`."""
    if not job.environment.is_ant:
        raise StageError(f"only ants can be filmed, not {job.environment.name!r}: choose an environment like ant-empty")
    started = perf_counter()
    check_opengl()
    torch.set_num_threads(job.threads)
    policy = load_policy(policy_path, MujocoAnt.obs_dim, MujocoAnt.action_dim)
    # Whatever simulated the training, the pictures are MuJoCo's.
    env = make(job.environment.name, policy.num_heads, seed=job.seed, **job.environment.settings)
    assert isinstance(env, MujocoAnt)
    states = physics_states(env, policy, job.horizon, job.seed)
    env.close()
    pictures = draw(states, env.terrain, (job.width, job.height))
    write_atomically(gif, lambda path: write_gif(pictures, policy.num_heads, path))
    write_record([gif], FORMAT, job, [str(policy_path)], perf_counter() - started)


def physics_states(env: MujocoAnt, policy: MultiHeadPolicy, horizon: int, seed: int) -> np.ndarray:
    """Return the states [1 + 5 * horizon, m, nstate] at the start and after each physics step; a frozen ant stays put."""
    generator, obs = torch.Generator().manual_seed(seed), env.reset()
    states = [env.sim.current.copy()]
    for _ in range(horizon):
        obs, _, info = env.step(policy.sample(obs, generator)[0])
        for state in env.sim.states.transpose(1, 0, 2):
            states.append(np.where(info["frozen"].numpy(force=True)[:, None], states[-1], state))
    return np.stack(states)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.papers.myriad.walk", description=__doc__)
    parser.add_argument("--inputs", required=True, nargs=1, type=Path, help="checkpoint to read")
    parser.add_argument("--output", required=True, type=Path, help="moving picture to write")
    run(lambda job, options: walk(job, options.inputs[0], options.output), WalkJob, parser, arguments)


if __name__ == "__main__":
    main()
