"""The terrains' pictures and the film of the heads, from the command line."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from kmyriad.envs import make
from kmyriad.figures import draw, film
from kmyriad.figures.film import Film
from kmyriad.figures.heads import head_colours
from kmyriad.jobs.checkpoint import save_policy
from kmyriad.papers.myriad import fig8, fig9, walk
from kmyriad.policies import MultiHeadPolicy

WALK = {"environment": "ant-empty", "seed": 0, "horizon": 7, "threads": 1, "width": 160, "height": 122}


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """An untrained policy of three heads."""
    path = tmp_path / "policy.safetensors"
    save_policy(path, MultiHeadPolicy(62, 8, 3, trunk=(8,), adapter=4, seed=0), {})
    return path


def filmed(policy: Path, name: str, **changes: object) -> Path:
    gif = policy.with_name(name)
    walk.main(["--job", json.dumps({**WALK, **changes}), "--inputs", str(policy), "--output", str(gif)])
    return gif


@pytest.mark.slow(1)
@pytest.mark.usefixtures("opengl")
def test_film_runs_at_the_speed_of_the_simulation(policy: Path) -> None:
    with Image.open(filmed(policy, "a.gif")) as gif:
        assert (gif.size, gif.n_frames, gif.info["loop"]) == ((160, 122), 7, 0)
        durations = []
        for frame in range(gif.n_frames):
            gif.seek(frame)
            durations.append(gif.info["duration"])
    # Six intervals of 1/12 s are half a second; then the last picture stays.
    assert sum(durations[:-1]) == 500
    assert set(durations[:-1]) == {80, 90}
    assert durations[-1] == 1500


@pytest.mark.slow(5)
@pytest.mark.usefixtures("opengl")
def test_film_is_the_same_for_the_same_seed_only(policy: Path) -> None:
    first, again, other = filmed(policy, "a.gif"), filmed(policy, "b.gif"), filmed(policy, "c.gif", seed=1)
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()


@pytest.mark.usefixtures("opengl")
def test_film_shows_every_head_in_its_colour(policy: Path) -> None:
    env = make("ant-empty", 3)
    start = np.tile(env.sim.current, (6, 1, 1))
    start[..., 1:3] = [[-2, 0], [0, 0], [2, 0]]
    (picture,) = film.draw_ants(Film(start, (240, 142), ["0", "1", "2"]), env.terrain)
    pixels = np.asarray(picture)[:120].reshape(-1, 3) / 255
    for colour in head_colours(3):
        # Lit from above, some of each ant has about its own colour.
        assert (np.abs(pixels - colour).max(axis=1) < 0.12).sum() > 20


@pytest.mark.parametrize("heads", [3, 10, 50])
def test_heads_have_the_colours_of_fig8(heads: int) -> None:
    draw.use_style()
    positions = pd.DataFrame({"environment": "ant-cave", "head": range(heads), "x": 0.0, "y": 0.0})
    (points,) = fig8.draw(positions, ["ant-cave"], "").axes[0].collections
    np.testing.assert_allclose(points.get_facecolors()[:, :3], head_colours(heads))


def test_states_are_those_after_every_physics_step(policy: Path) -> None:
    env = make("ant-empty", 3)
    states = walk.physics_states(env, walk.load_policy(policy), 4, seed=0)
    assert states.shape == (21, 3, 30)
    np.testing.assert_allclose(states[:, 2, 0], np.arange(21) / 60, atol=1e-12)
    assert np.array_equal(states[-1], env.sim.current)
    assert all((after != before).any(axis=1).all() for before, after in pairwise(states))


def test_a_failed_ant_stays_where_it_was(policy: Path) -> None:
    env = make("ant-empty", 3, max_speed=0.5)
    states = walk.physics_states(env, walk.load_policy(policy), 4, seed=0)
    # Falling takes 0.05 s to get to 0.5 m/s, so all fail in the first action.
    assert (states == states[0]).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"environment": "gymnasium:Pendulum-v1"}, "only ants can be filmed, not 'gymnasium:Pendulum-v1'"),
        ({"environment": "ant-mace"}, "unknown environment 'ant-mace'; did you mean 'ant-maze'?"),
        ({"widht": 3}, "unknown key 'widht'; did you mean 'width'?"),
    ],
)
@pytest.mark.usefixtures("opengl")
def test_wrong_job_of_a_film(policy: Path, changes: dict, words: str) -> None:
    with pytest.raises(SystemExit, match=r"^error: ") as stop:
        filmed(policy, "a.gif", **changes)
    assert words in str(stop.value)


def test_more_heads_than_a_picture_has_room_for() -> None:
    with pytest.raises(ValueError, match="room for 64 ants, not 65"):
        next(film.draw_ants(Film(np.zeros((6, 65, 30)), (100, 100), [""] * 65), make("ant-empty", 1).terrain))


@pytest.mark.slow(9)
@pytest.mark.usefixtures("opengl")
def test_fig9_writes_pictures_and_numbers(tmp_path: Path) -> None:
    cave = {"name": "ant-cave", "settings": {"terrain_seed": 3}}
    fig9.main(["--job", json.dumps({"environments": ["ant-pyramid", cave]}), "--output", str(tmp_path / "fig9.pdf")])
    sizes = [(tmp_path / f"fig9.{kind}").stat().st_size for kind in ("pdf", "png")]
    assert all(20_000 < size < 1_000_000 for size in sizes), sizes
    table = pd.read_csv(tmp_path / "fig9.csv", index_col="environment")
    assert list(table.index) == ["ant-pyramid", "ant-cave"]
    assert table["lowest"].tolist() == [0.0, -1.5]
    assert (table["extent_x"] <= 40).all() and (table["extent_y"] <= 24).all()


@pytest.mark.parametrize(
    ("environment", "words"),
    [("ant-mace", "did you mean 'ant-maze'"), ("gymnasium:Pendulum-v1", "only ants have a terrain to draw")],
)
@pytest.mark.usefixtures("opengl")
def test_wrong_environment_of_fig9(tmp_path: Path, environment: str, words: str) -> None:
    with pytest.raises(SystemExit, match=words):
        fig9.main(["--job", json.dumps({"environments": [environment]}), "--output", str(tmp_path / "fig9.pdf")])


@pytest.mark.slow(8)
@pytest.mark.parametrize("hidden", [{"__EGL_VENDOR_LIBRARY_FILENAMES": "/nowhere", "MUJOCO_GL": "egl"}, {"MUJOCO_GL": "osmesa"}])
def test_missing_opengl_is_one_line(tmp_path: Path, hidden: dict[str, str]) -> None:
    job = json.dumps({"environments": ["ant-empty"]})
    command = [sys.executable, "-m", "kmyriad.papers.myriad.fig9", "--job", job, "--output", str(tmp_path / "fig9.pdf")]
    stage = subprocess.run(command, env={**os.environ, **hidden}, capture_output=True, text=True)
    if stage.returncode == 0:
        pytest.skip(f"this machine has OpenGL in spite of {hidden}")
    (line,) = stage.stderr.splitlines()
    assert (stage.returncode, list(tmp_path.iterdir())) == (1, [])
    assert line.startswith("error: cannot draw: there is no OpenGL")
    assert "apt-get install libegl1 libgl1-mesa-dri libgles2, and set MUJOCO_GL=egl" in line
