"""The whole task: scene, managers and the simulation settings (Appendix A.2)."""

from collections.abc import Mapping
from typing import Any

from isaaclab.envs import ManagerBasedRLEnvCfg
from isaaclab.utils import configclass

from kmyriad.envs.ant.model import DECIMATION, FRICTION, PHYSICS_STEP
from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.ant.terrains import Terrain
from kmyriad.envs.isaaclab.actions import ActionsCfg
from kmyriad.envs.isaaclab.events import EventsCfg
from kmyriad.envs.isaaclab.observations import ObservationsCfg, observations
from kmyriad.envs.isaaclab.rewards import RewardsCfg, rewards
from kmyriad.envs.isaaclab.scene import AntSceneCfg, scene
from kmyriad.envs.isaaclab.terminations import TerminationsCfg

SETTINGS: dict[str, Any] = {
    "decimation": DECIMATION,
    "episode_length_s": 50.0,
    "sim": {
        "dt": PHYSICS_STEP,
        "render_interval": DECIMATION,
        "physx": {"bounce_threshold_velocity": 0.2},
        "physics_material": {"static_friction": FRICTION[0], "dynamic_friction": FRICTION[0], "restitution": 0.0},
    },
}
"""Appendix A.2, and 600 control steps (Table 2) in seconds. Solver and iterations are the stock task's: TGS, 4 and 0."""


@configclass
class AntEnvCfg(ManagerBasedRLEnvCfg):
    """The Ant of the paper as a task of Isaac Lab."""

    scene: AntSceneCfg = AntSceneCfg(num_envs=1, env_spacing=0.0)
    observations: ObservationsCfg = ObservationsCfg()
    actions: ActionsCfg = ActionsCfg()
    rewards: RewardsCfg = RewardsCfg()
    terminations: TerminationsCfg = TerminationsCfg()
    events: EventsCfg = EventsCfg()
    decimation: int = DECIMATION
    episode_length_s: float = 50.0


def configure(
    num_envs: int,
    terrain: Terrain,
    task: GoalTask,
    device: str,
    generator_seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> AntEnvCfg:
    """Return the checked configuration; `settings` are nested changes to it, e.g. {"sim": {"dt": 0.01}}.

    Raises:
        KeyError: `settings` names what the configuration does not have.
        ValueError: `settings` has a value of another type; or see `terrain_cfg`.
    """
    ants = scene(num_envs, terrain, generator_seed)
    # No seed: nothing here is random, and Isaac Lab would set those of torch and NumPy, which are the caller's.
    cfg = AntEnvCfg(scene=ants, observations=observations(task.target), rewards=rewards(task))
    # Isaac Lab takes misspelt attributes without a word, but not misspelt keys.
    for changes in (SETTINGS, {"sim": {"device": device}}, settings or {}):
        cfg.from_dict(changes)
    cfg.validate()
    return cfg
