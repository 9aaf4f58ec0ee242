"""Policies played as films: what is shown, what is said, and what is refused in one line."""

import json
import os
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image, ImageSequence

from kmyriad.cli import main
from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.figures.render import OpenGLError, check_opengl
from kmyriad.jobs.checkpoint import save_policy
from kmyriad.policies import MultiHeadPolicy
from tests.copies import ROOT

GALLERY = sorted((ROOT / "gallery").glob("*.safetensors"))


@pytest.fixture(scope="module", autouse=True)
def _opengl() -> None:
    os.environ.setdefault("MUJOCO_GL", "egl")
    try:
        check_opengl()
    except OpenGLError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("play") / "policy.safetensors"
    made = MultiHeadPolicy(MujocoAnt.obs_dim, MujocoAnt.action_dim, 2, (8,), 8, seed=3)
    facts = {"settings": {"environment": {"name": "ant-empty"}}, "env_steps": 4000, "git_commit": "0123456789"}
    save_policy(path, made, facts)
    return path


def frames(path: Path) -> list[np.ndarray]:
    if path.suffix == ".gif":
        with Image.open(path) as film:
            return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]
    reader = imageio_ffmpeg.read_frames(str(path))
    width, height = next(reader)["size"]
    return [np.frombuffer(each, np.uint8).reshape(height, width, 3) for each in reader]


@pytest.mark.slow(5)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # imageio-ffmpeg leaves its pipes open
@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_a_film_moves(policy: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    video = tmp_path / f"play{suffix}"
    main(["play", str(policy), "--video", str(video), "--seconds", "0.5", "--sampled"])
    shown = frames(video)
    assert len(shown) == 6
    assert (shown[0] != shown[-1]).any()
    said = capsys.readouterr().out
    assert "2 heads, ant-empty, sampled actions, 4,000 training steps, git commit 0123456" in said


@pytest.mark.slow(3)
def test_head_goal_and_terrain_change_what_is_seen(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wishes = {"plain": [], "head": ["--head", "1"], "goal": ["--goal=2,1"], "terrain": ["--terrain", "pyramid"]}
    seen = {}
    for name, more in wishes.items():
        main(["play", str(policy), "--video", str(tmp_path / "a.gif"), "--seconds", "0.1", *more])
        seen[name] = frames(tmp_path / "a.gif")[0]
    assert all((seen[name] != seen["plain"]).any() for name in ("head", "goal", "terrain"))
    said = capsys.readouterr().out
    assert "1 head (head 1), ant-empty" in said and "ant-empty, goal 2, 1 m" in said and "ant-pyramid" in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--head", "2", "--video", "a.gif"], "head 2 does not exist: this policy has heads 0 .. 1"),
        (["--terrain", "caev", "--video", "a.gif"], "unknown terrain 'caev'; did you mean 'cave'?"),
        (["--video", "a.avi"], "end it in .gif or .mp4"),
        (["--seconds", "0", "--video", "a.gif"], "--seconds 0 shows nothing"),
        ([], "there is no display for the viewer: add --video play.gif"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_line(
    policy: Path, more: list[str], words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="error: ") as end:
        main(["play", str(policy), *more])
    assert words in str(end.value) and "\n" not in str(end.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("settings", "obs_dim", "words"),
    [
        ({"environment": {"name": "pointmaze-ring"}}, MujocoAnt.obs_dim, "acts in pointmaze-ring, only ants can be played"),
        ({"environment": {"name": "ant-empty"}}, 7, "holds a policy with obs_dim 7, the environment needs 62"),
        (
            {"environment": {"name": "ant-empty"}, "goal": 2},
            MujocoAnt.obs_dim,
            "was fine-tuned to goal number 2: give that point",
        ),
    ],
)
def test_another_robots_policy(tmp_path: Path, settings: dict, obs_dim: int, words: str) -> None:
    path = tmp_path / "other.safetensors"
    save_policy(path, MultiHeadPolicy(obs_dim, MujocoAnt.action_dim, 1, (4,), 4), {"settings": settings})
    with pytest.raises(SystemExit) as end:
        main(["play", str(path), "--video", str(tmp_path / "a.gif")])
    assert words in str(end.value)


def test_a_file_that_is_no_policy(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "nothing", "there is no file"), (ROOT / "results/figures/fig5.png", "but figure")):
        with pytest.raises(SystemExit, match=words):
            main(["play", str(path), "--video", str(tmp_path / "a.gif")])


def test_without_the_encoder(policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(SystemExit, match="an .mp4 needs imageio-ffmpeg: pip install imageio-ffmpeg"):
        main(["play", str(policy), "--video", str(tmp_path / "a.mp4")])


# --- the gallery


def test_the_gallery_is_what_the_settings_name() -> None:
    import yaml

    listed = {exhibit["name"] for exhibit in yaml.safe_load((ROOT / "config/walk.yaml").read_text())["gallery"]}
    there = {path.stem for path in GALLERY}
    assert there and there <= listed
    assert all(path.stat().st_size < 1_000_000 for path in GALLERY)


@pytest.mark.slow(2)
@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_every_exhibit_plays(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["play", str(path), "--video", str(tmp_path / "a.gif"), "--seconds", "0.5"])
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts["settings"]["environment"]["name"] in capsys.readouterr().out
    assert len(frames(tmp_path / "a.gif")) == 6
