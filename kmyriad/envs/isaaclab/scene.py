"""What is simulated (Appendix A.1): the ground, Isaac's stock Ant on it, a light."""

from dataclasses import MISSING

import isaaclab.sim as sim_utils
from isaaclab.assets import ArticulationCfg, AssetBaseCfg
from isaaclab.scene import InteractiveSceneCfg
from isaaclab.terrains import TerrainImporterCfg
from isaaclab.utils import configclass
from isaaclab_assets.robots.ant import ANT_CFG

from kmyriad.envs.ant.terrains import Terrain
from kmyriad.envs.isaaclab.terrains import floor_cfg, terrain_cfg


@configclass
class AntSceneCfg(InteractiveSceneCfg):
    """Ants at one place: no distance between environments, and no contact between their ants."""

    terrain: TerrainImporterCfg = MISSING
    floor: AssetBaseCfg | None = None
    robot: ArticulationCfg = ANT_CFG.replace(prim_path="{ENV_REGEX_NS}/Robot")
    light = AssetBaseCfg(prim_path="/World/light", spawn=sim_utils.DistantLightCfg(color=(0.75, 0.75, 0.75), intensity=3000.0))


def scene(num_envs: int, terrain: Terrain, generator_seed: int | None) -> AntSceneCfg:
    """Return the scene of `num_envs` ants; see `terrain_cfg` for `generator_seed`."""
    ground = terrain_cfg(terrain, generator_seed)
    # The plane and the generated ground bring a floor; the mesh of boxes does not.
    floor = floor_cfg(terrain) if len(terrain.centres) and generator_seed is None else None
    return AntSceneCfg(num_envs=num_envs, env_spacing=0.0, clone_in_fabric=True, terrain=ground, floor=floor)
