"""The ground, as Isaac Lab's own generator builds it."""

from ants import GOAL, make_env  # isort: skip  it brings the stubs
import isaaclab.terrains as lab
import mujoco
import numpy as np
import pytest

from kmyriad.envs.ant.terrains import SIZE, TERRAINS, cave, height, maze
from kmyriad.envs.isaaclab.environment import configure
from kmyriad.envs.isaaclab.terrains import BorderlessGenerator


@pytest.mark.parametrize("name", TERRAINS)
def test_configurations_validate(name: str) -> None:
    terrain = TERRAINS[name](0)
    cfg = configure(2, terrain, GOAL, "cpu")
    assert (cfg.scene.terrain.terrain_type == "plane") == (name == "empty")
    assert (cfg.scene.floor is None) == (name == "empty")
    if name != "empty":
        assert cfg.scene.floor.init_state.pos == (0.0, 0.0, terrain.floor)
        assert cfg.scene.floor.collision_group == cfg.scene.terrain.collision_group == -1


@pytest.mark.parametrize("name", ["maze", "pyramid", "cave"])
def test_the_generator_builds_our_boxes(name: str) -> None:
    terrain = TERRAINS[name](3)
    cfg = configure(2, terrain, GOAL, "cpu").scene.terrain.terrain_generator
    generator = cfg.class_type(cfg=cfg, device="cpu")
    boxes = generator.terrain_mesh.vertices.reshape(len(terrain.centres), 8, 3)
    np.testing.assert_allclose(boxes.min(axis=1), terrain.centres - terrain.half_sizes, atol=1e-6)
    np.testing.assert_allclose(boxes.max(axis=1), terrain.centres + terrain.half_sizes, atol=1e-6)
    assert len(generator.terrain_mesh.faces) == 12 * len(terrain.centres)
    # Faces look outwards: the signed volume is that of the boxes, each counted in full where they overlap.
    assert generator.terrain_mesh.volume == pytest.approx(np.prod(2 * terrain.half_sizes, axis=1).sum())
    assert (np.abs(generator.terrain_mesh.bounds[:, :2]) <= np.array(SIZE) / 2 + 1e-6).all()


def test_the_usual_generator_would_add_a_border_at_height_0() -> None:
    cfg = configure(2, cave(0), GOAL, "cpu").scene.terrain.terrain_generator
    faces = len(BorderlessGenerator(cfg, device="cpu").terrain_mesh.faces)
    assert len(lab.TerrainGenerator(cfg, device="cpu").terrain_mesh.faces) > faces


@pytest.mark.parametrize("name", ["pyramid", "cave"])
def test_generated_terrains_are_flat_at_the_start(name: str) -> None:
    cfg = configure(2, TERRAINS[name](0), GOAL, "cpu", generator_seed=0).scene
    generator = cfg.terrain.terrain_generator.class_type(cfg=cfg.terrain.terrain_generator, device="cpu")
    vertices = generator.terrain_mesh.vertices
    near = vertices[(np.abs(vertices[:, :2]) < 1.0).all(axis=1)]
    # Blocks of stairs have lower sides too; what counts is the upper one.
    assert near[:, 2].max() == pytest.approx(0.0, abs=1e-6)
    inside = vertices[(np.abs(vertices[:, :2]) < np.array(SIZE) / 2).all(axis=1)]
    assert (inside[:, 2].max() > 0.3) if name == "pyramid" else (inside[:, 2].min() < -0.3)
    assert cfg.floor is None and not cfg.terrain.use_terrain_origins


@pytest.mark.parametrize("name", ["pyramid", "cave"])
def test_generated_terrains_are_the_same_in_every_process(name: str) -> None:
    cfg = configure(2, TERRAINS[name](0), GOAL, "cpu", generator_seed=0).scene.terrain.terrain_generator
    first, second = (_generate(cfg, seed) for seed in (1, 2))
    np.testing.assert_array_equal(first, second)
    cfg.seed = 1
    other = _generate(cfg, 1)
    assert other.shape != first.shape or not np.array_equal(other, first)


def _generate(cfg, seed: int) -> np.ndarray:
    np.random.seed(seed)  # noqa: NPY002  the state that other code may have left
    return cfg.class_type(cfg=cfg, device="cpu").terrain_mesh.vertices


def test_only_pyramids_and_caves_are_generated() -> None:
    with pytest.raises(ValueError, match="Isaac Lab generates pyramid and cave, not maze"):
        configure(2, maze(0), GOAL, "cpu", generator_seed=0)


def test_ground_below_the_fake_is_the_terrain() -> None:
    # The fake must not stand on other ground than the meshes that are compared above.
    terrain = maze(0)
    view = make_env(1, terrain).scene["robot"].view
    box = next(index for index in range(view.model.ngeom) if view.model.geom_type[index] == mujoco.mjtGeom.mjGEOM_BOX)
    np.testing.assert_allclose(view.model.geom_pos[box], terrain.centres[0])
    assert height(terrain, np.zeros((1, 2))).tolist() == [0.0]
