"""Each thing that is wrong gives one line that names it, before anything is written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kmyriad.cli import main
from kmyriad.jobs.provenance import digest, write_sidecar
from tests.play.conftest import Write


def refusal(*arguments: object) -> str:
    """Return the one line with which `kmyriad play` ends."""
    with pytest.raises(SystemExit) as caught:
        main(["play", *map(str, arguments)])
    message = str(caught.value)
    assert message.startswith("error: ") and "\n" not in message, message
    return message


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return tmp_path / "out.gif"


@pytest.mark.usefixtures("opengl")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--head", "3"], "head 3 does not exist: {policy} has heads 0 .. 2"),
        (["--head", "-1"], "head -1 does not exist"),
        (["--terrain", "mace"], "unknown terrain 'mace'; did you mean 'maze'? (choices: cave, empty, maze, pyramid)"),
        (["--goal", "4"], "--goal takes x,y in metres, e.g. 4,-2"),
        (["--goal", "nan,0"], "goal must be two numbers (x, y) in metres"),
        (["--terrain", "maze", "--goal", "20,12"], "lies in or within 0.5 m of a wall of maze; choose another point"),
        (["--seconds", "0"], "--seconds must be a number above 0 and at most 300, got 0"),
        (["--seconds", "1e9"], "--seconds must be a number above 0 and at most 300, got 1e+09"),
        (["--seconds", "nan"], "--seconds must be a number above 0 and at most 300, got nan"),
    ],
)
def test_wrong_options(write: Write, video: Path, arguments: list[str], words: str) -> None:
    policy = write()
    assert words.format(policy=policy) in refusal(policy, "--video", video, *arguments)
    assert not video.exists()


def test_a_suffix_that_is_no_video(write: Write, tmp_path: Path) -> None:
    assert "unknown suffix of a video '.gfi'; did you mean '.gif'? (choices: .gif, .mp4)" in refusal(
        write(), "--video", tmp_path / "out.gfi"
    )


def test_mp4_without_its_package(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "imageio_ffmpeg")
    assert "run: pip install imageio-ffmpeg, or write a .gif" in refusal(write(), "--video", "out.mp4")


@pytest.mark.usefixtures("opengl")
def test_what_is_no_policy(write: Write, video: Path, tmp_path: Path) -> None:
    to = ("--video", video)
    assert f"there is no file {tmp_path}/nothing" in refusal(tmp_path / "nothing", *to)
    (tmp_path / "other.safetensors").touch()
    assert "other.safetensors is no policy: it has no record of this project's" in refusal(tmp_path / "other.safetensors", *to)
    write_sidecar(tmp_path / "fig.pdf", "kmyriad-figure-1", {})
    (tmp_path / "fig.pdf").touch()
    assert "fig.pdf is no policy: it is a figure" in refusal(tmp_path / "fig.pdf", *to)
    policy = write()
    policy.write_bytes(policy.read_bytes()[:-1])
    assert "is truncated or was changed" in refusal(policy, *to)


@pytest.mark.usefixtures("opengl")
def test_another_robots_policy(write: Write, video: Path) -> None:
    swimmer = write("swimmer", 1, "gymnasium:Swimmer-v5", (8, 2))
    to = ("--video", video)
    assert "is a policy of gymnasium:Swimmer-v5, no ant's: leave out --terrain" in refusal(swimmer, *to, "--terrain", "maze")
    assert "takes no goal: leave out --goal" in refusal(swimmer, *to, "--goal", "1,1")
    assert "obs_dim 8, the environment needs 62" in refusal(write(), swimmer, *to)
    unknown = write("unknown", 1, {}, (5, 2))
    assert "nothing says where" in refusal(unknown, *to)
    assert "obs_dim 5, the environment needs 62" in refusal(unknown, *to, "--terrain", "empty")
    gridworld = write("gridworld", 1, "gridworld:room-det", (2, 2))
    assert "gridworld:room-det is not simulated by MuJoCo" in refusal(gridworld, *to)


@pytest.mark.usefixtures("opengl")
def test_agents_of_the_maze(tmp_path: Path, video: Path) -> None:
    path = tmp_path / "agents.safetensors"
    path.touch()
    settings = {"task": "maze", "seeds": [0], "settings": {"agents": 2}}
    write_sidecar(path, "kmyriad-collaborative-1", {"settings": settings, "sha256": digest([path])})
    to = ("--video", video)
    assert "agent 2 does not exist" in refusal(path, *to, "--head", "2")
    assert "agents of maze, which takes no --terrain" in refusal(path, *to, "--terrain", "maze")
    seen = {"task": "pixels-hopper-hop", "seeds": [0], "settings": {"agents": 2, "learner": "drq"}}
    write_sidecar(path, "kmyriad-collaborative-1", {"settings": seen, "sha256": digest([path])})
    assert "agents that see pictures of pixels-hopper-hop, which kmyriad play does not show" in refusal(path, *to)
    assert "which are shown by themselves: name one file" in refusal(path, path, *to)


APT = "apt-get install libegl1 libgl1-mesa-dri libgles2"


@pytest.mark.slow(8)
@pytest.mark.parametrize(
    ("hidden", "arguments", "words"),
    [
        ({}, [], "no display to open a window on: write a video instead, e.g. --video walk.mp4"),
        (
            {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nowhere", "MUJOCO_GL": "egl"},
            [],
            "apt-get install libegl1 libgl1-mesa-dri libgles2",
        ),
        ({"MUJOCO_GL": "osmesa"}, ["--video", "out.gif"], APT),
    ],
)
@pytest.mark.usefixtures("opengl")
def test_without_a_display_or_opengl(write: Write, hidden: dict[str, str], arguments: list[str], words: str) -> None:
    env = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")} | hidden
    command = [sys.executable, "-m", "kmyriad", "play", str(write()), *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode == 0:
        pytest.skip(f"this machine has OpenGL in spite of {json.dumps(hidden)}")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and words in line
    assert not Path("out.gif").exists()


def test_the_record_of_a_policy(write: Write, video: Path) -> None:
    record = write().with_suffix(".json")
    assert f"{record} is no policy: it is the record of a policy; kmyriad play takes policy.safetensors" in refusal(
        record, "--video", video
    )
