"""The 62 features: worked out by hand for simple poses, and with SciPy's rotations for random ones."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from kmyriad.envs.ant.observations import FEATURE_NAMES, FEATURES, AntState, observe

LEGS = ("front_left", "front_right", "left_back", "right_back")
JOINTS = [f"{leg}_{joint}" for leg in LEGS for joint in ("hip", "ankle")]
SIN30, COS30 = 0.5, math.sqrt(3) / 2
LEVEL = (1.0, 0.0, 0.0, 0.0)


def turned(axis: str, degrees: float) -> tuple[float, ...]:
    """Quaternion w, x, y, z of a turn by `degrees` about a coordinate axis."""
    half = math.radians(degrees) / 2
    return (math.cos(half), *(math.sin(half) * (axis == each) for each in "xyz"))


def features(
    at=(0.0, 0.0, 0.5),
    quaternion=LEVEL,
    joints=(0.0,) * 8,
    velocity=(0.0,) * 14,
    wrench=(0.0,) * 24,
    action=(0.0,) * 8,
    target=(1000.0, 0.0),
) -> dict[str, float]:
    """Features by name of one ant in that state."""
    rows = ((*at, *quaternion, *joints), velocity, wrench, action)
    state = AntState(*(torch.tensor([row], dtype=torch.float64) for row in rows))
    return dict(zip(FEATURE_NAMES, observe(state, target)[0].tolist(), strict=True))


def assert_features(found: dict[str, float], **expected: float) -> None:
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)


def moving(x: float, y: float, z: float) -> tuple[float, ...]:
    """Velocity of an ant whose torso moves at (x, y, z) m/s in the world, without turning."""
    return (x, y, z, *[0.0] * 11)


def test_names_and_units() -> None:
    assert len(FEATURES) == len(set(FEATURE_NAMES)) == 62
    assert all(unit for _, unit in FEATURES)


def test_order_is_that_of_the_task() -> None:
    # 2 + 1 + 3 + 3 + 2 + 1 + 1 + 1 + 8 + 8 + 24 + 8 = 62 (Appendix A.4, ordered as in Isaac Lab's Ant).
    head = ["x", "y", "z", "velocity_x", "velocity_y", "velocity_z"]
    head += ["angular_velocity_x", "angular_velocity_y", "angular_velocity_z"]
    head += ["yaw", "roll", "angle_to_target", "up_projection", "heading_projection"]
    feet = [f"{what}_{leg}_foot_{axis}" for leg in LEGS for what in ("force", "torque") for axis in "xyz"]
    scaled = [f"{what}_{joint}" for what in ("position", "velocity") for joint in JOINTS]
    assert list(FEATURE_NAMES) == head + scaled + feet + [f"previous_action_{joint}" for joint in JOINTS]


def test_level_ant() -> None:
    found = features(at=(1, 2, 0.5), velocity=(3, 4, 5, 6, 7, 8, *[0] * 8), target=(11, 2))
    assert_features(found, x=1, y=2, z=0.5, velocity_x=3, velocity_y=4, velocity_z=5)
    assert_features(found, angular_velocity_x=6, angular_velocity_y=7, angular_velocity_z=8)
    assert_features(found, yaw=0, roll=0, angle_to_target=0, up_projection=1, heading_projection=1)


def test_yaw_of_90_degrees() -> None:
    # The nose points along the world's y, the left side along -x: 2 m/s along x are -2 m/s to the left.
    found = features(quaternion=turned("z", 90), velocity=moving(2, 0, 0))
    assert_features(found, velocity_x=0, velocity_y=-2, velocity_z=0, yaw=math.pi / 2, roll=0)
    # The target lies 90 degrees to the right, the nose is square to it.
    assert_features(found, angle_to_target=-math.pi / 2, up_projection=1, heading_projection=0)


def test_roll_of_30_degrees() -> None:
    # The left side rises to (0, cos, sin), the back tilts to (0, -sin, cos): 1 m/s upwards is (0, sin, cos).
    found = features(quaternion=turned("x", 30), velocity=moving(0, 0, 1))
    assert_features(found, velocity_x=0, velocity_y=SIN30, velocity_z=COS30)
    assert_features(found, yaw=0, roll=math.pi / 6, up_projection=COS30, heading_projection=1)


def test_pitch_of_30_degrees() -> None:
    # Nose down to (cos, 0, -sin): 1 m/s upwards is (-sin, 0, cos); the heading is the nose's level part.
    found = features(quaternion=turned("y", 30), velocity=moving(0, 0, 1))
    assert_features(found, velocity_x=-SIN30, velocity_y=0, velocity_z=COS30)
    assert_features(found, yaw=0, roll=0, up_projection=COS30, heading_projection=COS30)


def test_upside_down() -> None:
    # Turned by 180 degrees about x: y and z change sign, the nose does not.
    found = features(quaternion=(0.0, 1.0, 0.0, 0.0), velocity=moving(1, 2, 3))
    assert_features(found, velocity_x=1, velocity_y=-2, velocity_z=-3)
    assert_features(found, yaw=0, up_projection=-1, heading_projection=1, roll=math.pi)


def test_angular_velocity_is_given_in_the_body_frame() -> None:
    found = features(quaternion=turned("z", 90), velocity=(0, 0, 0, 1, 2, 3, *[0.0] * 8))
    assert_features(found, angular_velocity_x=1, angular_velocity_y=2, angular_velocity_z=3)


@pytest.mark.parametrize(
    ("target", "angle", "heading"),
    [
        ((1, 12), math.pi / 2, 0),  # left
        ((1, -8), -math.pi / 2, 0),  # right
        ((-9, 2), math.pi, -1),  # behind
        ((2, 2 + math.sqrt(3)), math.pi / 3, 0.5),  # 60 degrees to the left
    ],
)
def test_where_the_target_is(target, angle: float, heading: float) -> None:
    found = features(at=(1, 2, 0.5), target=target)
    assert_features(found, angle_to_target=angle, heading_projection=heading)


@pytest.mark.parametrize("sign", [1, -1])
def test_angle_to_target_takes_the_short_way_round(sign: int) -> None:
    # Nose at 170 degrees, target at -150: 40 degrees to the left, not 320 to the right. And its mirror image.
    angle = math.radians(40)
    found = features(quaternion=turned("z", sign * 170), target=(-COS30, -sign * SIN30))
    assert_features(found, angle_to_target=sign * angle, heading_projection=math.cos(angle))


def test_on_the_target_itself_everything_is_finite() -> None:
    found = features(at=(1, 2, 0.5), quaternion=turned("z", 30), target=(1, 2))
    assert_features(found, heading_projection=0, angle_to_target=-math.pi / 6)


# Hips turn -40..40 degrees, ankles 30..100 or, on the legs with a mirrored axis, -100..-30.
LOWER = (-40, 30, -40, -100, -40, -100, -40, 30)
UPPER = (40, 100, 40, -30, 40, -30, 40, 100)


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (LOWER, [-1] * 8),
        (UPPER, [1] * 8),
        # The start, hips in the middle: (45 - 65) / 35 = -4/7 and (-45 + 65) / 35 = 4/7.
        ((0, 45, 0, -45, 0, -45, 0, 45), [0, -4 / 7, 0, 4 / 7, 0, 4 / 7, 0, -4 / 7]),
    ],
)
def test_joint_positions_are_scaled_to_their_limits(degrees, expected: list[float]) -> None:
    found = features(joints=[math.radians(angle) for angle in degrees])
    assert [found[f"position_{joint}"] for joint in JOINTS] == pytest.approx(expected, abs=1e-12)


def test_joint_velocities_are_scaled_by_a_fifth() -> None:
    found = features(velocity=(*[0.0] * 6, 1, 2, 3, 4, 5, 6, 7, 8))
    expected = [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6]
    assert [found[f"velocity_{joint}"] for joint in JOINTS] == pytest.approx(expected)


def test_wrenches_are_scaled_by_a_tenth() -> None:
    # Leg by leg, force before torque: the second leg's torque holds the numbers 10, 11, 12.
    found = features(wrench=range(1, 25))
    assert_features(found, force_front_left_foot_x=0.1, force_front_left_foot_z=0.3)
    assert_features(found, torque_front_right_foot_x=1.0, torque_right_back_foot_z=2.4)


def test_previous_action_is_passed_on() -> None:
    found = features(action=(-1, -0.5, 0, 0.1, 0.2, 0.3, 0.4, 1))
    assert [found[f"previous_action_{joint}"] for joint in JOINTS] == [-1, -0.5, 0, 0.1, 0.2, 0.3, 0.4, 1]


def wrapped(angle: float) -> float:
    return (angle + math.pi) % (2 * math.pi) - math.pi


def slow_reference(position: np.ndarray, velocity: np.ndarray, target: np.ndarray) -> list[float]:
    """Features 3 to 13 of one ant, by a rotation matrix and Euler angles (turned about z, then y, then x)."""
    rotation = Rotation.from_quat(position[[4, 5, 6, 3]])
    yaw, _, roll = rotation.as_euler("ZYX")
    offset = np.append(target - position[:2], 0.0)
    angle = wrapped(math.atan2(offset[1], offset[0]) - yaw)
    up = rotation.inv().apply([0, 0, 1])[2]
    heading = rotation.apply([1, 0, 0]) @ offset / np.linalg.norm(offset)
    return [*rotation.inv().apply(velocity[:3]), *velocity[3:6], yaw, roll, angle, up, heading]


@pytest.mark.parametrize("target", [(1000.0, 0.0), (-3.0, 4.0)])
def test_random_states_agree_with_rotation_matrices(target: tuple[float, float]) -> None:
    rng = np.random.default_rng(5)
    quaternion = Rotation.random(200, rng=rng).as_quat()
    position = np.hstack([rng.normal(0, 5, (200, 3)), quaternion, rng.normal(0, 1, (200, 8))])
    velocity, other = rng.normal(0, 3, (200, 14)), np.zeros((200, 32))
    state = AntState(*(torch.from_numpy(a) for a in (position, velocity, other[:, :24], other[:, 24:])))
    expected = [slow_reference(*row, np.array(target)) for row in zip(position, velocity, strict=True)]
    np.testing.assert_allclose(observe(state, target)[:, 3:14].numpy(), expected, rtol=0, atol=1e-9)
