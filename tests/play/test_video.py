"""Videos that somebody could watch: they decode, something moves in them, and what was asked for is there."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from safetensors.torch import save_file

from kmyriad.cli import main
from kmyriad.collaborative.algorithms import make_learner, make_task, space_of
from kmyriad.collaborative.streams import Streams
from kmyriad.figures.heads import head_colours
from kmyriad.jobs.provenance import digest, write_sidecar
from kmyriad.settings.collaborative.arm import CollaborativeTrainJob
from tests.play.conftest import Write

pytestmark = pytest.mark.usefixtures("opengl")


def filmed(*arguments: object) -> list[np.ndarray]:
    """Return the pictures [height, width, 3] of a GIF that `kmyriad play` writes."""
    video = Path(str(arguments[0])).with_suffix(".gif")
    main(["play", *map(str, arguments), "--video", str(video)])
    with Image.open(video) as gif:
        frames = []
        for index in range(gif.n_frames):
            gif.seek(index)
            frames.append(np.asarray(gif.convert("RGB")))
    return frames


def scene(frame: np.ndarray) -> np.ndarray:
    """Return what is above the strip of text, where the seconds change anyway."""
    return frame[:-22].astype(int)


def has_colour(frame: np.ndarray, colour: np.ndarray) -> bool:
    return bool((np.abs(scene(frame) / 255 - colour).max(axis=2) < 0.15).sum() > 20)


def red(frame: np.ndarray) -> int:
    """Return how many pixels are a goal's."""
    r, g, b = scene(frame).transpose(2, 0, 1)
    return int(((r > 1.4 * g) & (r > 1.4 * b) & (r > 100)).sum())


@pytest.mark.slow(3)
def test_heads_in_their_colours_move(write: Write, capsys: pytest.CaptureFixture) -> None:
    frames = filmed(write(), "--seconds", "0.5", "--sampled")
    assert (len(frames), frames[0].shape) == (6, (308, 400, 3))
    assert not np.array_equal(scene(frames[1]), scene(frames[-1]))
    assert all(has_colour(frames[-1], colour) for colour in head_colours(3))
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("policy.safetensors: multi-head policy, ant-empty, heads 0, 1, 2 of 3, git 0123456789; sampled actions")


@pytest.mark.slow(2)
def test_the_goal_is_drawn(ppo: Path) -> None:
    # Blue ants on grey ground: nothing else is red.
    assert red(filmed(ppo, "--seconds", "0.2")[-1]) > 500


@pytest.mark.slow(2)
def test_no_goal_is_drawn_where_there_is_none(write: Write) -> None:
    assert red(filmed(write(heads=1), "--seconds", "0.2")[-1]) == 0


@pytest.mark.slow(4)
def test_mp4(write: Write, tmp_path: Path) -> None:
    video = tmp_path / "out.mp4"
    main(["play", str(write(heads=1)), "--video", str(video), "--seconds", "0.5", "--sampled", "--terrain", "pyramid"])
    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(video), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    decoded = subprocess.run(command, capture_output=True, check=True).stdout
    pictures = np.frombuffer(decoded, np.uint8).reshape(-1, 400, 512, 3).astype(int)
    assert len(pictures) == 10, "20 a second"
    assert np.abs(pictures[-1] - pictures[0])[:378].max() > 50
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "policy.json", "policy.safetensors"]


@pytest.mark.slow(2)
@pytest.mark.parametrize("suffix", ["mp4", "gif"])
def test_a_full_disk_is_one_line(write: Write, tiny_disk: Path, suffix: str) -> None:
    (tiny_disk / "rest").write_bytes(bytes(124 << 10))
    with pytest.raises(SystemExit, match=rf"^error: cannot write .*out\.{suffix}: .*make room") as caught:
        main(["play", str(write()), "--video", str(tiny_disk / f"out.{suffix}"), "--seconds", "0.4", "--sampled"])
    assert "\n" not in str(caught.value)
    assert [path.name for path in tiny_disk.iterdir()] == ["rest"]


@pytest.mark.slow(2)
def test_a_robot_that_is_no_ant(write: Write) -> None:
    settings = {"environment": {"name": "pointmaze-ring", "label": "ring"}}
    frames = filmed(write(heads=2, environment=settings, dims=(4, 2)), "--seconds", "0.5", "--goal", "2,1", "--sampled")
    assert len(frames) == 5
    assert not np.array_equal(scene(frames[0]), scene(frames[-1]))
    assert red(frames[-1]) > 50


AGENTS = {
    "agents": 2,
    "env_steps": 200,
    "seed_steps": 100,
    "sac": {"actor": [4], "critic": [4], "batch": 16, "buffer": 1600},
    "reward": {"bank": 50, "k": 5, "encoder_widths": [8, 8]},
    "evaluation": {"interval": 200, "episodes": 1, "last": 1},
}


def write_agents(path: Path, task: str, seeds: tuple[int, ...]) -> Path:
    """Write untrained agents as `collaborative_train` would."""
    job = CollaborativeTrainJob.model_validate({"task": task, "settings": AGENTS, "seeds": seeds})
    pool = make_task(task, 1, job.settings)
    learner = make_learner(space_of(pool), job.settings, Streams(seeds))
    save_file({name: value.contiguous() for name, value in learner.state_dict().items() if name.startswith("actor.")}, path)
    write_sidecar(path, "kmyriad-collaborative-1", {"settings": json.loads(job.model_dump_json()), "sha256": digest([path])})
    return path


@pytest.mark.slow(6)
def test_agents_of_collaborative_exploration(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    torch.manual_seed(0)
    agents = write_agents(tmp_path / "agents.safetensors", "cartpole-swingup", (3, 5))
    frames = filmed(agents, "--seconds", "0.5", "--sampled", "--head", "0", "--head", "3")
    assert not np.array_equal(scene(frames[0]), scene(frames[-1]))
    assert all(has_colour(frames[-1], colour) for colour in head_colours(2))
    (line,) = capsys.readouterr().out.splitlines()
    assert "agents of Collaborative Exploration, cartpole-swingup, agents 0, 3 of 4, git commit unknown; sampled" in line
