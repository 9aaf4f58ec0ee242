"""The Ant's 62 features (Appendix A.4), for all ants at once, from what any simulator of it can give."""

from dataclasses import dataclass
from functools import cache

import torch

from kmyriad.envs.ant.model import HIP_RANGE, LEGS
from kmyriad.envs.ant.tasks import constant

JOINTS = tuple(f"{leg.name}_{joint}" for leg in LEGS for joint in ("hip", "ankle"))
FEET = tuple(f"{leg.name}_foot" for leg in LEGS)
JOINT_VELOCITY_SCALE, WRENCH_SCALE = 0.2, 0.1  # Isaac Lab's Ant task, observation terms of the same names


def _vector(name: str, unit: str) -> list[tuple[str, str]]:
    return [(f"{name}_{axis}", unit) for axis in "xyz"]


FEATURES: tuple[tuple[str, str], ...] = (
    ("x", "m"),
    ("y", "m"),
    ("z", "m"),
    *_vector("velocity", "m/s, body frame"),
    *_vector("angular_velocity", "rad/s, body frame"),
    ("yaw", "rad"),
    ("roll", "rad"),
    ("angle_to_target", "rad"),
    ("up_projection", "1"),
    ("heading_projection", "1"),
    *((f"position_{joint}", "1, limits at -1 and 1") for joint in JOINTS),
    *((f"velocity_{joint}", "0.2 rad/s") for joint in JOINTS),
    *(
        feature
        for foot in FEET
        for feature in (*_vector(f"force_{foot}", "0.1 N, foot frame"), *_vector(f"torque_{foot}", "0.1 N m, foot frame"))
    ),
    *((f"previous_action_{joint}", "7.5 N m") for joint in JOINTS),
)
"""Name and unit of each feature, in order."""
FEATURE_NAMES = tuple(name for name, _ in FEATURES)


@dataclass(frozen=True)
class AntState:
    """What a simulator hands over, all float tensors, SI units, joints in MJCF order (hip and ankle of each leg).

    position: qpos [m, 15] (torso x, y, z, quaternion w, x, y, z, then 8 joint angles);
    velocity: qvel [m, 14] (torso linear, world frame; angular, body frame; 8 joint velocities);
    wrench: force and torque that each leg exerts on its foot [m, 24], foot frame, N and N m;
    previous_action: [m, 8], in [-1, 1].
    """

    position: torch.Tensor
    velocity: torch.Tensor
    wrench: torch.Tensor
    previous_action: torch.Tensor


def observe(state: AntState, target: tuple[float, float]) -> torch.Tensor:
    """Return the features [m, 62] in the order of `FEATURES`; `target` (x, y) in metres is what the angles refer to."""
    axes = _axes(state.position[:, 3:7])
    forward, left, up = axes.unbind(1)
    yaw = torch.atan2(forward[:, 1], forward[:, 0])
    to_target = constant(tuple(target), state.position.dtype, state.position.device) - state.position[:, :2]
    angle = torch.atan2(to_target[:, 1], to_target[:, 0]) - yaw
    direction = to_target / to_target.norm(dim=1, keepdim=True).clamp_min(1e-9)
    return torch.cat(
        (
            state.position[:, :3],
            (axes * state.velocity[:, None, :3]).sum(2),
            state.velocity[:, 3:6],
            torch.stack(
                (
                    yaw,
                    torch.atan2(left[:, 2], up[:, 2]),  # roll of the z-y-x convention
                    torch.atan2(angle.sin(), angle.cos()),
                    up[:, 2],
                    (forward[:, :2] * direction).sum(1),
                ),
                1,
            ),
            _scaled_joint_positions(state.position[:, 7:]),
            state.velocity[:, 6:] * JOINT_VELOCITY_SCALE,
            state.wrench * WRENCH_SCALE,
            state.previous_action,
        ),
        1,
    )


def _axes(quaternion: torch.Tensor) -> torch.Tensor:
    """Return the unit vectors forward, left and up of bodies in the world, [m, 3, 3], for quaternions w, x, y, z [m, 4]."""
    parts = quaternion.T.contiguous()
    (_, wx, wy, wz), (_, xx, xy, xz), (_, _, yy, yz), (*_, zz) = 2 * parts[:, None] * parts
    forward = (1 - (yy + zz), xy + wz, xz - wy)
    left = (xy - wz, 1 - (xx + zz), yz + wx)
    up = (xz + wy, yz - wx, 1 - (xx + yy))
    return torch.stack((*forward, *left, *up), 1).view(-1, 3, 3)


def _scaled_joint_positions(angles: torch.Tensor) -> torch.Tensor:
    """Map each joint angle [m, 8] (rad) to -1 at its lower and 1 at its upper limit."""
    lower, upper, width = _joint_limits(angles.dtype, angles.device)
    return (2 * angles - lower - upper) / width


@cache
def _joint_limits(dtype: torch.dtype, device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the lower and the upper limits of the joints and the width between them, [8] each, rad."""
    limits = tuple(limit for leg in LEGS for pair in (HIP_RANGE, leg.ankle_range) for limit in pair)
    lower, upper = torch.deg2rad(constant(limits, dtype, device)).view(-1, 2).unbind(1)
    return lower, upper, upper - lower
