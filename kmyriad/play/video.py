"""An episode as a moving picture."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from kmyriad.envs.ant.terrains import height
from kmyriad.envs.opengl import check_opengl
from kmyriad.figures.film import Film, draw_ants, draw_model
from kmyriad.figures.gif import write_gif
from kmyriad.figures.render import Disc
from kmyriad.jobs.files import write_atomically
from kmyriad.names import choose
from kmyriad.play.cast import Cast
from kmyriad.play.episode import episode


class Form(NamedTuple):
    """Pictures of a form of videos: width and height in pixels, and about how many a second."""

    size: tuple[int, int]
    rate: float


FORMS = {".gif": Form((400, 308), 12.0), ".mp4": Form((512, 400), 20.0)}


def check_video(path: Path) -> None:
    """Raise ValueError for a suffix other than those of FORMS, ModuleNotFoundError where mp4 lacks its package, OpenGLError."""
    choose(path.suffix.lower(), FORMS, "suffix of a video")
    if path.suffix.lower() == ".mp4" and find_spec("imageio_ffmpeg") is None:
        raise ModuleNotFoundError(
            "'imageio_ffmpeg' is not installed, which mp4 needs; run: pip install imageio-ffmpeg, or write a .gif"
        )
    check_opengl()


def write_video(cast: Cast, actions: int, path: Path) -> None:
    """Write an episode of `actions` actions to `path`, in the form that its suffix says.

    Raises:
        StageError: the file can't be written.
        ValueError: more copies than a picture has room for.
    """
    parts = list(episode(cast, actions))
    form, interval = FORMS[path.suffix.lower()], cast.simulation.seconds / len(parts[-1])
    every = max(1, round(1 / (form.rate * interval)))
    film = Film(np.concatenate(parts), form.size, cast.names, interval, min(every, actions * len(parts[-1])))
    rate = 1 / (film.every * interval)
    if path.suffix.lower() == ".gif":
        pictures = list(_pictures(cast, film))
        write_atomically(path, lambda temporary: write_gif(pictures, len(cast.names), temporary, rate))
    else:
        write_atomically(path, lambda temporary: _write_mp4(_pictures(cast, film), form.size, rate, temporary))


def goal_disc(cast: Cast) -> Disc | None:
    """Return the goal on the ground, None where there is none."""
    if cast.goal is None:
        return None
    terrain = cast.simulation.terrain
    ground = 0.0 if terrain is None else float(height(terrain, np.array([cast.goal]))[0])
    return Disc(np.array([*cast.goal, ground]), cast.simulation.goal_radius)


def _pictures(cast: Cast, film: Film) -> Iterator[Image.Image]:
    terrain = cast.simulation.terrain
    if terrain is None:
        return draw_model(film, cast.simulation.model, goal_disc(cast))
    return draw_ants(film, terrain, goal_disc(cast))


def _write_mp4(pictures: Iterator[Image.Image], size: tuple[int, int], rate: float, path: Path) -> None:
    """Let ffmpeg write H.264 in 4:2:0, which every browser plays; OSError with its last word where it fails."""
    from imageio_ffmpeg import get_ffmpeg_exe

    raw = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {rate:g} -i -"
    # The name of a temporary file does not say what it is.
    mp4 = "-an -c:v libx264 -pix_fmt yuv420p -crf 20 -movflags +faststart -f mp4"
    command = [get_ffmpeg_exe(), "-y", "-v", "error", *raw.split(), *mp4.split(), str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin and ffmpeg.stderr
        with suppress(BrokenPipeError), ffmpeg.stdin as frames:  # why it stopped listening it says itself
            for picture in pictures:
                frames.write(picture.tobytes())
        said = ffmpeg.stderr.read().decode(errors="replace").split("\n")
    if ffmpeg.returncode:
        raise OSError(f"ffmpeg failed: {next((line for line in said if line), 'without a word')}")
