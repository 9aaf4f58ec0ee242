"""The four terrains (Appendix A.1): by default the very boxes of the other backends, or Isaac Lab's own generated ones.

The paper says that pyramids and caves are "procedurally generated" and gives no dimensions. A task that is to be compared
between simulators must have the same ground in both, so the default is a mesh of the boxes of `kmyriad.envs.ant.terrains`,
above a plane at their floor. A `generator_seed` asks for stairs and slopes of Isaac Lab's own generator instead.
"""

from dataclasses import field

import isaaclab.sim as sim_utils
import isaaclab.terrains as lab
import numpy as np
import trimesh
from isaaclab.assets import AssetBaseCfg
from isaaclab.utils import configclass

from kmyriad.envs.ant.model import FRICTION
from kmyriad.envs.ant.terrains import CLEARANCE, PLATFORM, PYRAMID_CELLS, SIZE, STEP_HEIGHT, Terrain

MATERIAL = sim_utils.RigidBodyMaterialCfg(
    friction_combine_mode="average",
    restitution_combine_mode="average",
    static_friction=FRICTION[0],
    dynamic_friction=FRICTION[0],
    restitution=0.0,
)
_STEP_WIDTH, _SLOPE = 0.5, (0.1, 0.4)  # metres; rise over run


def boxes_mesh(difficulty: float, cfg: "BoxesCfg") -> tuple[list[trimesh.Trimesh], np.ndarray]:
    """Return the boxes of `cfg` and the start [3], metres, where the generator wants a piece: from (0, 0) to its size."""
    del difficulty
    middle = np.array([*cfg.size, 0.0]) / 2
    meshes = [
        trimesh.creation.box(2 * np.array(half_size), trimesh.transformations.translation_matrix(centre + middle))
        for centre, half_size in zip(cfg.centres, cfg.half_sizes, strict=True)
    ]
    return meshes, middle


@configclass
class BoxesCfg(lab.SubTerrainBaseCfg):
    """Boxes by `centres` and `half_sizes`, lists [n][3] in metres around the start."""

    function = boxes_mesh
    centres: list[list[float]] = field(default_factory=list)
    half_sizes: list[list[float]] = field(default_factory=list)


class BorderlessGenerator(lab.TerrainGenerator):
    """Isaac Lab's generator without its border at height 0: the plane of `floor_cfg` is the ground all around."""

    def _add_terrain_border(self) -> None:
        pass


def floor_cfg(terrain: Terrain) -> AssetBaseCfg:
    """Return the plane at the terrain's floor."""
    return AssetBaseCfg(
        prim_path="/World/floor",
        spawn=sim_utils.GroundPlaneCfg(physics_material=MATERIAL),
        init_state=AssetBaseCfg.InitialStateCfg(pos=(0.0, 0.0, terrain.floor)),
        collision_group=-1,
    )


def terrain_cfg(terrain: Terrain, generator_seed: int | None = None) -> lab.TerrainImporterCfg:
    """Return what is imported at /World/ground; all ants start at the origin.

    Raises:
        ValueError: a `generator_seed` for a terrain that Isaac Lab's generator has no counterpart of.
    """
    if generator_seed is not None and terrain.name not in _GENERATED:
        raise ValueError(f"Isaac Lab generates {' and '.join(_GENERATED)}, not {terrain.name}; leave generator_seed out")
    common = dict(
        prim_path="/World/ground", collision_group=-1, physics_material=MATERIAL, use_terrain_origins=False, env_spacing=0.0
    )
    if not len(terrain.centres):
        return lab.TerrainImporterCfg(terrain_type="plane", **common)
    generator = _boxes(terrain) if generator_seed is None else _generated(terrain.name, generator_seed)
    return lab.TerrainImporterCfg(terrain_type="generator", terrain_generator=generator, **common)


def _boxes(terrain: Terrain) -> lab.TerrainGeneratorCfg:
    boxes = BoxesCfg(centres=terrain.centres.tolist(), half_sizes=terrain.half_sizes.tolist())
    return lab.TerrainGeneratorCfg(
        class_type=BorderlessGenerator, seed=0, size=SIZE, num_rows=1, num_cols=1, sub_terrains={terrain.name: boxes}
    )


def _generated(name: str, seed: int) -> lab.TerrainGeneratorCfg:
    """Return pieces of Isaac Lab's on our grid of pyramids: even, so that the flat edges of four of them meet at the start."""
    (rows, columns), (stairs, slopes) = PYRAMID_CELLS, _GENERATED[name]
    return lab.TerrainGeneratorCfg(
        seed=seed,
        size=(SIZE[0] / rows, SIZE[1] / columns),
        num_rows=rows,
        num_cols=columns,
        border_width=100.0,
        sub_terrains={
            "stairs": stairs(
                step_height_range=STEP_HEIGHT, step_width=_STEP_WIDTH, platform_width=2 * PLATFORM, border_width=CLEARANCE
            ),
            "slopes": slopes(slope_range=_SLOPE, platform_width=2 * PLATFORM, border_width=CLEARANCE),
        },
    )


# Neither draws from NumPy's global generator, as Isaac Lab's rough ground does: the terrain must be the same in every job.
_GENERATED = {
    "pyramid": (lab.MeshPyramidStairsTerrainCfg, lab.HfPyramidSlopedTerrainCfg),
    "cave": (lab.MeshInvertedPyramidStairsTerrainCfg, lab.HfInvertedPyramidSlopedTerrainCfg),
}
