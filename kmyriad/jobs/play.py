"""A policy of ours seen at work: `kmyriad play`, in MuJoCo's viewer or as a film."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

import numpy as np

from kmyriad.envs import make
from kmyriad.envs.ant.model import PHYSICS_STEP
from kmyriad.envs.ant.terrains import TERRAINS
from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.figures.draw import head_colours, heads_label
from kmyriad.figures.film import RATE, draw, physics_states, scene_of, write_gif
from kmyriad.figures.render import add_copy, check_opengl
from kmyriad.jobs.checkpoint import FORMAT, load_policy
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.info import KINDS
from kmyriad.jobs.provenance import read_sidecar
from kmyriad.names import choose
from kmyriad.policies import MultiHeadPolicy

if TYPE_CHECKING:
    import mujoco

SUFFIXES = (".gif", ".mp4")
SIZE = (480, 382)
"""Width and height of a film in pixels."""


@dataclass(frozen=True)
class Wish:
    """How a policy is to be played; what is None is as the policy was trained, all of its heads together.

    goal: (x, y), metres. terrain: one of `kmyriad.envs.ant.terrains.TERRAINS`. sampled: actions with noise, not the mean.
    """

    head: int | None = None
    sampled: bool = False
    goal: tuple[float, float] | None = None
    terrain: str | None = None
    seconds: float = 8.0
    seed: int = 0


def play(path: Path, wish: Wish, video: Path | None = None) -> Iterator[str]:
    """Play the policy at `path`: write the film `video`, or open MuJoCo's viewer; yield lines that say what is played.

    Raises:
        StageError: no policy of an ant; no such head, terrain or format of films; a package for the format is missing; no
            display for the viewer.
        OpenGLError: there is no OpenGL.
    """
    _check(wish, video)
    facts = _facts(path)
    policy = _heads(load_policy(path, MujocoAnt.obs_dim, MujocoAnt.action_dim), wish.head, path)
    name, settings = _environment(facts, wish, path)
    yield _described(path, facts, policy, wish, name, settings)
    env = make(name, policy.num_heads, seed=wish.seed, **settings)
    assert isinstance(env, MujocoAnt)
    steps, goal = max(1, round(wish.seconds * RATE)), settings.get("goal")
    if video is not None:
        check_opengl()
    states = physics_states(env, policy, steps, wish.seed, not wish.sampled)
    if video is None:
        _watch(states, scene_of(states, env.terrain, SIZE, goal)[0])
        return
    pictures = draw(states, env.terrain, SIZE, goal)
    write_atomically(video, lambda temporary: _write(pictures, policy.num_heads, temporary, video.suffix))
    yield f"{video}: {len(pictures)} pictures, {len(pictures) / RATE:.1f} s"


def _check(wish: Wish, video: Path | None) -> None:
    """Raise what is known to be wrong before anything is loaded."""
    if wish.seconds <= 0:
        raise StageError(f"--seconds {wish.seconds:g} shows nothing: give more than 0")
    if wish.terrain is not None:
        choose(wish.terrain, TERRAINS, "terrain")
    if video is None:
        if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise StageError("there is no display for the viewer: add --video play.gif to write a film")
    elif video.suffix not in SUFFIXES:
        raise StageError(f"--video {video} is of no known format: end it in {' or '.join(SUFFIXES)}")
    elif video.suffix == ".mp4":
        _encoder()


def _facts(path: Path) -> dict:
    """Return what is known of the policy at `path`; StageError if it is something else."""
    if not path.is_file():
        raise StageError(f"there is no file {path}")
    facts = read_sidecar(path)
    if facts is not None and facts["format"] != FORMAT:
        raise StageError(f"{path} is no policy of an ant but {KINDS.get(facts['format'], 'something else')}")
    return facts or {}


def _heads(policy: MultiHeadPolicy, head: int | None, path: Path) -> MultiHeadPolicy:
    if head is None:
        return policy
    try:
        return policy.select_head(head)
    except IndexError as error:
        raise StageError(f"{path}: {error}") from None


def _environment(facts: dict, wish: Wish, path: Path) -> tuple[str, dict]:
    """Return name and settings of the environment to play in: the policy's own, with what is wished otherwise."""
    settings = facts.get("settings", {})
    trained = settings.get("environment", {})
    name = trained.get("name", "")
    if not name.startswith("ant-"):
        raise StageError(f"{path} acts in {name or 'an unknown environment'}, only ants can be played: take one of an ant's")
    own = {key: value for key, value in trained.get("settings", {}).items() if key in ("terrain_seed", "max_speed", "substeps")}
    if wish.goal is None and "goal" in settings:
        raise StageError(f"{path} was fine-tuned to goal number {settings['goal']}: give that point, as --goal=x,y in metres")
    if wish.terrain is not None:
        name = f"ant-{wish.terrain}"
    return name, own | ({} if wish.goal is None else {"goal": wish.goal})


def _described(path: Path, facts: dict, policy: MultiHeadPolicy, wish: Wish, name: str, settings: dict) -> str:
    which = facts.get("head") if wish.head is None else wish.head
    parts = [f"{path}: {heads_label(policy.num_heads)}" + ("" if which is None else f" (head {which})"), name]
    parts += [f"goal {settings['goal'][0]:g}, {settings['goal'][1]:g} m"] if "goal" in settings else []
    parts += ["sampled actions" if wish.sampled else "mean actions"]
    parts += [f"{facts['env_steps']:,} training steps"] if "env_steps" in facts else []
    return ", ".join([*parts, f"git commit {str(facts.get('git_commit'))[:7]}"])


def _write(pictures: list, heads: int, path: Path, suffix: str) -> None:
    if suffix == ".gif":
        write_gif(pictures, heads, path)
        return
    writer = _encoder().write_frames(str(path), pictures[0].size, fps=RATE, macro_block_size=2, output_params=["-f", "mp4"])
    writer.send(None)
    for picture in pictures:
        writer.send(np.ascontiguousarray(picture))
    writer.close()


def _encoder():  # noqa: ANN202, a module
    try:
        import imageio_ffmpeg
    except ImportError:
        raise StageError("an .mp4 needs imageio-ffmpeg: pip install imageio-ffmpeg, or write a .gif") from None
    return imageio_ffmpeg


def _watch(states: np.ndarray, spec: "mujoco.MjSpec") -> None:
    """Show `states` in MuJoCo's viewer at the speed of the simulation, from the start again until the window is closed."""
    import mujoco
    import mujoco.viewer

    model, colours = spec.compile(), head_colours(states.shape[1])
    data, other = mujoco.MjData(model), mujoco.MjData(model)
    with mujoco.viewer.launch_passive(model, data) as viewer:
        for step in cycle(states):
            if not viewer.is_running():
                return
            with viewer.lock():
                _pose(model, data, step[0])
                viewer.user_scn.ngeom = 0
                for state, colour in zip(step[1:], colours[1:], strict=True):
                    _pose(model, other, state)
                    add_copy(viewer.user_scn, model, other, colour)
            viewer.sync()
            sleep(PHYSICS_STEP)


def _pose(model: "mujoco.MjModel", data: "mujoco.MjData", state: np.ndarray) -> None:
    import mujoco

    mujoco.mj_setState(model, data, state, mujoco.mjtState.mjSTATE_FULLPHYSICS)
    mujoco.mj_forward(model, data)
