"""The 62 features (Appendix A.4) in the order of `kmyriad.envs.ant.observations.FEATURES`, a term for each group of them.

All but the first term are Isaac Lab's own. The wrench is therefore PhysX's: what the leg exerts on the foot, in the frame of
the ankle joint, where ours is in the foot's frame (docs/simulators.md).
"""

import isaaclab_tasks.manager_based.classic.humanoid.mdp as mdp
import torch
from isaaclab.envs import ManagerBasedEnv
from isaaclab.managers import ObservationGroupCfg, SceneEntityCfg
from isaaclab.managers import ObservationTermCfg as Term
from isaaclab.utils import configclass

from kmyriad.envs.ant.model import LEGS
from kmyriad.envs.ant.observations import JOINT_VELOCITY_SCALE, WRENCH_SCALE
from kmyriad.envs.ant.tasks import DISTANT_TARGET
from kmyriad.envs.isaaclab.actions import JOINT_NAMES

FOOT_NAMES = [f"{leg.name}_foot" for leg in LEGS]
"""Isaac's names of the feet, in our order."""


def position_xy(env: ManagerBasedEnv) -> torch.Tensor:
    """Return the torso's x and y [m, 2], metres, world frame: what the entropy is maximised over."""
    return env.scene["robot"].data.root_pos_w[:, :2]


def _joints() -> SceneEntityCfg:
    return SceneEntityCfg("robot", joint_names=JOINT_NAMES, preserve_order=True)


def _feet() -> SceneEntityCfg:
    return SceneEntityCfg("robot", body_names=FOOT_NAMES, preserve_order=True)


@configclass
class PolicyCfg(ObservationGroupCfg):
    """Concatenated in this order; neither noise nor clipping."""

    position_xy = Term(func=position_xy)
    height = Term(func=mdp.base_pos_z)
    velocity = Term(func=mdp.base_lin_vel)
    angular_velocity = Term(func=mdp.base_ang_vel)
    yaw_roll = Term(func=mdp.base_yaw_roll)
    angle_to_target = Term(func=mdp.base_angle_to_target, params={"target_pos": (*DISTANT_TARGET, 0.0)})
    up_projection = Term(func=mdp.base_up_proj)
    heading_projection = Term(func=mdp.base_heading_proj, params={"target_pos": (*DISTANT_TARGET, 0.0)})
    joint_positions = Term(func=mdp.joint_pos_limit_normalized, params={"asset_cfg": _joints()})
    joint_velocities = Term(func=mdp.joint_vel_rel, scale=JOINT_VELOCITY_SCALE, params={"asset_cfg": _joints()})
    feet_wrench = Term(func=mdp.body_incoming_wrench, scale=WRENCH_SCALE, params={"asset_cfg": _feet()})
    previous_action = Term(func=mdp.last_action)


@configclass
class ObservationsCfg:
    """One group of observations, the policy's."""

    policy: PolicyCfg = PolicyCfg()


def observations(target: tuple[float, float]) -> ObservationsCfg:
    """Return the terms for `target` (x, y), metres: what the angle and heading features refer to."""
    cfg = ObservationsCfg()
    for term in (cfg.policy.angle_to_target, cfg.policy.heading_projection):
        term.params["target_pos"] = (*target, 0.0)
    return cfg
