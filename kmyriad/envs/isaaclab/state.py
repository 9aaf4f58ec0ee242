"""The ants' state as `kmyriad.envs.ant.observations.observe` takes it: our order of joints and feet, whatever PhysX's is."""

import torch
from isaaclab.envs import ManagerBasedEnv

from kmyriad.envs.ant.observations import AntState
from kmyriad.envs.isaaclab.actions import JOINT_NAMES
from kmyriad.envs.isaaclab.observations import FOOT_NAMES


def ant_state(env: ManagerBasedEnv, previous_action: torch.Tensor) -> AntState:
    """Return the state of all ants now, on the simulator's device; `previous_action` [m, 8] is handed through."""
    robot = env.scene["robot"]
    joints, _ = robot.find_joints(JOINT_NAMES, preserve_order=True)
    feet, _ = robot.find_bodies(FOOT_NAMES, preserve_order=True)
    data = robot.data
    return AntState(
        torch.cat([data.root_pos_w, data.root_quat_w, data.joint_pos[:, joints]], dim=1),
        torch.cat([data.root_lin_vel_w, data.root_ang_vel_b, data.joint_vel[:, joints]], dim=1),
        data.body_incoming_joint_wrench_b[:, feet].flatten(1),
        previous_action,
    )
