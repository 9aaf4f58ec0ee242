"""Pictures show what is there, where it is, and showing it does not change it."""

import mujoco
import numpy as np
import pytest

from kmyriad.envs.ant.model import build_spec, start_position
from kmyriad.envs.ant.scene import CUT, build_scene
from kmyriad.envs.ant.terrains import TERRAINS, Terrain, empty, maze
from kmyriad.envs.opengl import OpenGLError, check_opengl
from kmyriad.figures.camera import MARGIN, Camera
from kmyriad.figures.render import open_renderer
from kmyriad.papers.myriad import fig9

SIZE = (200, 100)
TAN = np.tan(np.radians(15))
"""Half the picture's height at a distance of 1: the field of view is 30 degrees."""


@pytest.fixture
def _opengl() -> None:
    try:
        check_opengl()
    except OpenGLError as error:
        pytest.skip(str(error))


def test_camera_above_sees_a_map() -> None:
    # From 10 m, half the picture's height of 50 pixels is 10 tan 15 = 2.68 m.
    camera = Camera(np.zeros(3), 10.0, 90.0, -90.0, SIZE)
    points = np.array([[0, 0, 0], [10 * TAN, 0, 0], [0, 10 * TAN, 0], [5 * TAN, 0, 5]])
    np.testing.assert_allclose(camera.project(points), [[100, 50], [150, 50], [100, 0], [150, 50]], atol=1e-9)
    assert camera.metres_per_pixel == pytest.approx(10 * TAN / 50)


def test_camera_from_the_side_has_x_to_the_right_and_z_upwards() -> None:
    camera = Camera(np.array([0.0, 0.0, 1.0]), 10.0, 90.0, 0.0, SIZE)
    np.testing.assert_allclose(camera.project(np.array([[10 * TAN, 0, 1 + 5 * TAN]])), [[150, 25]], atol=1e-9)


def test_camera_around_a_square_from_above() -> None:
    square = np.array([[x, y, 0.0] for x in (2, 4) for y in (-1, 1)])
    camera = Camera.around(square, 90.0, -90.0, SIZE)
    # The height is what is scarce: 1 m is to be MARGIN of its half.
    assert camera.distance == pytest.approx(1 / (MARGIN * TAN))
    np.testing.assert_allclose(camera.target, [3, 0, 0], atol=1e-9)


def test_camera_around_points_uses_the_picture_to_its_margins() -> None:
    points = np.random.default_rng(0).normal(size=(50, 3)) * [6, 3, 1]
    share = 2 * Camera.around(points, 115.0, -35.0, SIZE).project(points) / SIZE - 1
    low, high = share.min(axis=0), share.max(axis=0)
    np.testing.assert_allclose(low, -high, atol=1e-6)
    assert high.max() == pytest.approx(MARGIN, abs=1e-6)


def standing(x: float, y: float) -> np.ndarray:
    """The physics state of an ant at the start pose, moved to x, y."""
    return np.array([0.0, x, y, *start_position()[2:], *np.zeros(14)])


def hue(pixel: np.ndarray) -> str:
    """Which primary colour is more than twice as strong as both others, or none."""
    order = np.argsort(pixel)
    return "rgb"[order[2]] if pixel[order[2]] > 2 * pixel[order[1]] else "none"


@pytest.mark.usefixtures("_opengl")
def test_each_ant_is_where_the_camera_says_and_has_its_colour() -> None:
    states = np.stack([standing(-2.0, 0.5), standing(2.0, -0.5), standing(0.0, 1.0)])
    torsos = states[:, 1:4]
    camera = Camera.around(np.concatenate([torsos - 1, torsos + 1]), 100.0, -40.0, SIZE)
    ground, south = torsos * [1, 1, 0], np.array([0.0, -1.0, 0.0])
    bare = np.array([[-1.0, -1.0, 0.0], [1.0, -1.2, 0.0], [2.0, 1.0, 0.0]])
    # The last piece has no length, like that of a frozen ant.
    paths = np.stack([ground, ground + 1.5 * south, ground + 1.5 * south], axis=1)
    with open_renderer(build_scene(empty(), SIZE, camera.target, 5.0).compile()) as renderer:
        all_three = renderer.draw(camera, states, np.eye(3), paths)
        first_only = renderer.draw(camera, states[:1], np.eye(3)[:1])

    def seen(picture: np.ndarray, points: np.ndarray) -> list[str]:
        column, row = camera.project(points).astype(int).T
        return [hue(pixel.astype(float)) for pixel in picture[row, column]]

    assert seen(all_three, torsos) == ["r", "g", "b"]
    assert seen(all_three, ground + south) == ["r", "g", "b"], "the paths"
    assert seen(all_three, bare) == ["none"] * 3
    assert seen(first_only, torsos) == ["r", "none", "none"]
    assert seen(first_only, ground + south) == ["none"] * 3


@pytest.mark.slow(2)
@pytest.mark.usefixtures("_opengl")
def test_a_second_renderer_draws_the_same() -> None:
    pictures = [fig9.take_picture(empty(), np.array([[-1.0, -1, 0], [1, 1, 1]]), SIZE) for _ in range(2)]
    assert np.array_equal(*pictures)
    assert pictures[0].std() > 10


@pytest.mark.parametrize("name", TERRAINS)
def test_the_scene_has_the_physics_of_the_plain_model(name: str) -> None:
    terrain, states = TERRAINS[name](0), []
    for spec in (build_spec(terrain), build_scene(terrain, SIZE, np.zeros(3), 10.0)):
        model, rng = spec.compile(), np.random.default_rng(0)
        data = mujoco.MjData(model)
        mujoco.mj_resetDataKeyframe(model, data, 0)
        for _ in range(120):
            data.ctrl[:] = rng.uniform(-1, 1, model.nu)
            mujoco.mj_step(model, data)
            states.append(np.concatenate([data.qpos, data.qvel, data.sensordata]))
    assert np.array_equal(states[:120], states[120:])


def test_walls_are_drawn_up_to_the_cut_and_each_once() -> None:
    model = build_scene(maze(0), SIZE, np.zeros(3), 10.0).compile()
    boxes = model.geom_type == mujoco.mjtGeom.mjGEOM_BOX
    drawn = boxes & (model.geom_group == 0)
    assert drawn.sum() == (boxes & ~drawn).sum() == len(maze(0).centres)
    # Those along y are 1 cm lower than those along x, which cover them at the crossings.
    tops = model.geom_pos[drawn, 2] + model.geom_size[drawn, 2]
    np.testing.assert_allclose(np.unique(tops.round(6)), [CUT - 0.02, CUT])


def test_numbers_of_the_terrains() -> None:
    # Boxes over x 0..2 and 2..6, y -1..1; tops at 0.5 and at -0.5, the floor at -1.
    boxes = Terrain("two", -1.0, np.array([[1, 0, 0], [4, 0, -1.0]]), np.array([[1, 1, 0.5], [2, 1, 0.5]]))
    table = fig9.summarise({"two": boxes, "ant-empty": empty()}).set_index("environment")
    assert table.loc["two"].to_dict() == {
        "boxes": 2,
        "floor": -1.0,
        "lowest": -1.0,
        "highest": 0.5,
        "extent_x": 6.0,
        "extent_y": 2.0,
    }
    assert table.loc["ant-empty", ["boxes", "floor", "lowest", "highest"]].tolist() == [0, 0, 0, 0]
    assert table.loc["ant-empty", ["extent_x", "extent_y"]].isna().all()


@pytest.mark.slow(3)
@pytest.mark.usefixtures("_opengl")
def test_panels_and_their_titles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fig9, "SIZE", SIZE)
    figure = fig9.draw({"ant-empty": empty(), "ant-maze": maze(0)}, "note")
    plain, walled = figure.axes
    assert (plain.get_title(), len(plain.child_axes)) == ("Empty: a plane", 0)
    assert walled.get_title() == f"Maze: {len(maze(0).centres)} boxes, 0 to 6 m (drawn up to 1.2 m)"
    assert [axes.images[0].get_array().shape for axes in (walled, *walled.child_axes)] == [(100, 200, 3), (240, 360, 3)]
    assert figure.get_supxlabel() == "note"
