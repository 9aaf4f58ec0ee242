"""What only a running simulator shows: the joints, masses and forces that Isaac's Ant really has, beside those of our model."""

from math import pi
from time import perf_counter

import isaaclab.utils.math as lab_math
import torch
from isaaclab.assets import Articulation
from isaaclab.envs import ManagerBasedRLEnv

from kmyriad.envs.ant.model import HIP_RANGE, LEGS, build_spec
from kmyriad.envs.ant.observations import FEATURE_NAMES, observe
from kmyriad.envs.ant.terrains import empty
from kmyriad.envs.isaaclab.actions import JOINT_NAMES
from kmyriad.envs.isaaclab.observations import FOOT_NAMES
from kmyriad.envs.isaaclab.state import ant_state

SETTLE = 144
"""Control steps (12 s) after which an ant without torques stands still on its four feet."""
GRAVITY = 9.81
_MOVING = 5  # control steps
_TOLERANCE = 0.1  # of the weight that a foot carries; a wrong frame is off by more


def findings(env: ManagerBasedRLEnv, target: tuple[float, float]) -> list[str]:
    """Return lines on features, joints, masses, the wrench at the feet and the speed of `env`, whose task has `target`.

    Raises:
        AssertionError: features or joint limits are not ours, or the wrench is not what a leg exerts on its foot.
    """
    robot = env.scene["robot"]
    start = perf_counter()
    _stand(env)
    speed = SETTLE * env.num_envs / (perf_counter() - start)
    lines = [_joints(robot), _masses(robot), _wrench(robot), _features(env, target)]
    return [*lines, f"speed: {speed:,.0f} control steps a second with {env.num_envs} ants"]


def _stand(env: ManagerBasedRLEnv) -> None:
    env.reset()
    for _ in range(SETTLE):
        env.step(torch.zeros(env.num_envs, len(JOINT_NAMES), device=env.device))


def _features(env: ManagerBasedRLEnv, target: tuple[float, float]) -> str:
    actions = torch.linspace(-1.0, 1.0, len(JOINT_NAMES), device=env.device).repeat(env.num_envs, 1)
    for _ in range(_MOVING):
        found = env.step(actions)[0]["policy"]
    worst = (found - observe(ant_state(env, actions), target)).abs().max(dim=0).values
    name = FEATURE_NAMES[int(worst.argmax())]
    assert worst.max() <= 1e-3, f"feature {name} of Isaac Lab is off by {worst.max():.2g} from ours of the same state"
    return f"features: Isaac Lab's {len(worst)} agree with ours of the same state, in motion, to {worst.max():.1g}"


def _joints(robot: Articulation) -> str:
    indices = [robot.joint_names.index(name) for name in JOINT_NAMES]
    found = robot.data.soft_joint_pos_limits[0, indices].rad2deg().cpu()
    ours = torch.tensor([limit for leg in LEGS for limit in (HIP_RANGE, leg.ankle_range)])
    for name, limits, expected in zip(JOINT_NAMES, found, ours, strict=True):
        assert torch.allclose(limits, expected, atol=0.1), (
            f"joint {name} turns {limits.tolist()} degrees, not {expected.tolist()}"
        )
    return f"joints in PhysX's order: {' '.join(robot.joint_names)}; ours are its {indices}, and the limits agree"


def _masses(robot: Articulation) -> str:
    model = build_spec(empty()).compile()
    found = robot.data.default_mass[0].tolist()
    rows = [f"{name} {mass:.4f} ({model.body(name).mass[0]:.4f})" for name, mass in zip(robot.body_names, found, strict=True)]
    return f"masses in kg (ours): {', '.join(rows)}; in all {sum(found):.4f} ({model.body_mass.sum():.4f})"


def _wrench(robot: Articulation) -> str:
    """Name the frame in which the force at the feet points down with a quarter of the weight less the foot."""
    masses = dict(zip(robot.body_names, robot.data.default_mass[0].tolist(), strict=True))
    expected = -GRAVITY * (sum(masses.values()) / 4 - masses[FOOT_NAMES[0]])
    upwards = {frame: _upwards(robot, frame) for frame in ("foot", "leg", "ankle joint")}
    frame = min(upwards, key=lambda name: abs(upwards[name] - expected))
    values = ", ".join(f"{value:.3f} N taken in the frame of the {name}" for name, value in upwards.items())
    line = f"force of a leg on its foot, upwards, at rest: {values}; expected {expected:.3f} N"
    assert abs(upwards[frame] - expected) <= _TOLERANCE * abs(expected), f"{line}: neither sign nor frame is known"
    return f"{line}: the frame is that of the {frame}"


def _upwards(robot: Articulation, frame: str) -> float:
    """Return the mean over all feet of the force's vertical part, N, if its numbers are in `frame`."""
    bodies = [name.replace("_foot", "_leg") if frame == "leg" else name for name in FOOT_NAMES]
    to_world = robot.data.body_quat_w[:, [robot.body_names.index(name) for name in bodies]]
    if frame == "ankle joint":
        to_world = lab_math.quat_mul(to_world, _ankle_frames(to_world))
    feet = [robot.body_names.index(name) for name in FOOT_NAMES]
    force = robot.data.body_incoming_joint_wrench_b[:, feet, :3]
    return float(lab_math.quat_apply(to_world, force)[..., 2].mean())


def _ankle_frames(like: torch.Tensor) -> torch.Tensor:
    """Return the quaternions [m, 4, 4] that turn x into the ankle's axis, in the frame of the foot."""
    angle = torch.tensor([pi / 4 if leg.ankle_axis[0] > 0 else 3 * pi / 4 for leg in LEGS]).to(like)
    zero = torch.zeros_like(angle)
    return torch.stack([(angle / 2).cos(), zero, zero, (angle / 2).sin()], dim=1).expand_as(like)
