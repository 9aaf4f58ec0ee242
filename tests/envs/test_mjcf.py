"""Robots of one's own: known answers for what MuJoCo models give."""

from math import cos, pi, sin
from pathlib import Path

import mujoco
import numpy as np
import pytest
import torch

from kmyriad.envs import check, make, mujoco_backend
from kmyriad.envs.ant.model import build_spec
from kmyriad.envs.ant.terrains import empty
from kmyriad.settings import EnvironmentSettings

ROVER = "examples/rover/rover.xml"
STEP = 0.01
BODY = """
  <body name="torso" pos="1 2 3">
    {root}
    <geom size="0.1" mass="1"/><site name="torso"/>
    <body name="shank"><joint name="knee" axis="0 1 0"/><geom size="0.1" mass="1" pos="0 0 -1"/></body>
  </body>"""
MOTOR = '<motor name="knee" joint="knee" ctrlrange="-1 3"/>'
SENSORS = '<framepos name="place" objtype="site" objname="torso"/><jointpos name="angle" joint="knee"/>'
KEYS = '<key name="low" qpos="0 0 1 1 0 0 0 0.5"/><key name="turned" qpos="0 0 5 2 0 0 2 -0.5" qvel="1 0 0 0 0 0 2"/>'


def mjcf(root: str = '<freejoint name="root"/>', actuators: str = MOTOR, keys: str = "", gravity: float = -9.81) -> str:
    """A torso at (1, 2, 3) m with a hinged shank, in empty space."""
    return f"""<mujoco>
  <option timestep="{STEP}" gravity="0 0 {gravity}"/>
  <worldbody>{BODY.format(root=root)}</worldbody>
  <actuator>{actuators}</actuator><sensor>{SENSORS}</sensor><keyframe>{keys}</keyframe>
</mujoco>"""


def env_of(folder: Path, xml: str, yaml: str | None = None, num_envs: int = 1, **settings: object):
    (folder / "robot.xml").write_text(xml)
    if yaml is not None:
        (folder / "robot.yaml").write_text(yaml)
    return make(f"mjcf:{folder}/robot.xml", num_envs, threads=1, **settings)


def features_of(env) -> dict[str, float]:
    """The first copy's observation by name."""
    return dict(zip(env.feature_names, env.reset()[0].tolist(), strict=True))


def test_default_features(tmp_path: Path) -> None:
    env = env_of(tmp_path, mjcf())
    zero = dict.fromkeys("velocity_x velocity_y velocity_z angular_velocity_x angular_velocity_y angular_velocity_z".split(), 0.0)
    quaternion = {"quaternion_w": 1.0, "quaternion_x": 0.0, "quaternion_y": 0.0, "quaternion_z": 0.0}
    expected = {"x": 1.0, "y": 2.0, "z": 3.0} | quaternion | zero | {"knee_position": 0.0, "knee_velocity": 0.0}
    assert list(features_of(env).items()) == list(expected.items())
    assert env.action_dim == 1


def test_default_features_of_wide_and_nameless_joints(tmp_path: Path) -> None:
    more = '<body><joint type="ball"/><geom size="0.1"/></body><body name="box"><freejoint name="box"/><geom size="0.1"/></body>'
    names = env_of(tmp_path, mjcf().replace("</worldbody>", f"{more}</worldbody>")).feature_names
    # Joints: root, knee, joint2 (a ball: 4 positions, 3 velocities), box (free: 7 and 6). The root is the first free one.
    assert names[13:20] == ("knee_position", *(f"joint2_position_{i}" for i in range(4)), "box_position_0", "box_position_1")
    assert names[-10:] == ("knee_velocity", *(f"joint2_velocity_{i}" for i in range(3)), *(f"box_velocity_{i}" for i in range(6)))
    assert len(names) == 8 + 4 + 7 + 7 + 3 + 6


def test_free_fall(tmp_path: Path) -> None:
    # v grows by g h, then z by v h: after n steps of h = 0.01 s, z = 3 - g h^2 n (n + 1) / 2. No torque: centre of -1 .. 3 is 1.
    env = env_of(tmp_path, mjcf(), num_envs=2, decimation=5)
    for action in range(1, 5):
        obs, reward, info = env.step(torch.full((2, 1), -0.5))
        n = 5 * action
        assert obs[:, 2].tolist() == pytest.approx([3 - 9.81 * STEP**2 * n * (n + 1) / 2] * 2, abs=1e-6)
        assert obs[:, 9].tolist() == pytest.approx([-9.81 * n * STEP] * 2, abs=1e-5)
        assert reward.tolist() == [0, 0] and not info["frozen"].any()


@pytest.mark.parametrize(("action", "torque"), [(-1.0, -1.0), (0.0, 1.0), (0.5, 2.0), (1.0, 3.0)])
def test_actions_fill_the_control_range(tmp_path: Path, action: float, torque: float) -> None:
    env = env_of(tmp_path, mjcf())
    env.step(torch.tensor([[action]]))
    assert env.sim._controls[0, :, 0].tolist() == [torque] * env.decimation


def test_a_step_is_plain_physics_steps(tmp_path: Path) -> None:
    env = env_of(tmp_path, mjcf(), decimation=3)
    model = mujoco.MjModel.from_xml_path(str(tmp_path / "robot.xml"))
    data = mujoco.MjData(model)
    for action in (0.3, -0.8, 1.0):
        env.step(torch.tensor([[action]], dtype=torch.float64))
        data.ctrl[0] = 1 + 2 * action
        mujoco.mj_step(model, data, 3)
    assert env.sim.current[0, 1:9].tolist() == data.qpos.tolist()
    assert env.sim.current[0, 9:].tolist() == data.qvel.tolist()


@pytest.mark.parametrize(("timestep", "decimation"), [(1 / 60, 5), (0.002, 42), (0.01, 8), (0.5, 1)])
def test_twelve_actions_a_second(tmp_path: Path, timestep: float, decimation: int) -> None:
    env = env_of(tmp_path, mjcf().replace(f'timestep="{STEP}"', f'timestep="{timestep}"'))
    assert env.decimation == decimation


def test_keyframes(tmp_path: Path) -> None:
    first = features_of(env_of(tmp_path, mjcf(keys=KEYS)))
    assert (first["x"], first["z"], first["knee_position"]) == (0, 1, 0.5)
    turned = features_of(env_of(tmp_path, mjcf(keys=KEYS), keyframe="turned"))
    # The quaternion (2, 0, 0, 2) is normalised, to a quarter turn to the left.
    expected = {"z": 5, "quaternion_w": 0.5**0.5, "quaternion_z": 0.5**0.5, "velocity_x": 1, "knee_velocity": 2}
    assert {name: turned[name] for name in expected} == pytest.approx(expected)


def test_every_source(tmp_path: Path) -> None:
    yaml = """
      on: qpos[2]
      sideways: qvel[1]
      knee: joint knee
      knee_speed: {from: joint_velocity knee, scale: -0.5}
      place: sensor place
      angle: {from: sensor angle, scale: 1e1}
      heading: yaw
      upright: up
      goal: angle_to_goal
    """
    # Yaw 30 degrees, then tilted by 60 about the root's own y axis: the x axis points along (cos 30, sin 30) still.
    half_yaw, half_tilt = pi / 12, pi / 6
    turn, tilt = (cos(half_yaw), sin(half_yaw)), (cos(half_tilt), sin(half_tilt))
    quaternion = (turn[0] * tilt[0], -turn[1] * tilt[1], turn[0] * tilt[1], turn[1] * tilt[0])
    key = f'<key qpos="0 1000 4 {" ".join(map(repr, quaternion))} 0.7" qvel="0 -2 0 0 0 0 3"/>'
    found = features_of(env_of(tmp_path, mjcf(keys=key), yaml))
    expected = {"on": 4, "sideways": -2, "knee": 0.7, "knee_speed": -1.5, "place_0": 0, "place_1": 1000, "place_2": 4, "angle": 7}
    # The distant target (1000, 0) m lies at -45 degrees from (0, 1000) m, that is -75 from the heading.
    expected |= {"heading": pi / 6, "upright": cos(pi / 3), "goal": -pi / 4 - pi / 6}
    assert list(found) == list(expected)
    assert found == pytest.approx(expected, abs=1e-6)


def test_sensors_lag_by_one_physics_step(tmp_path: Path) -> None:
    # z of the sensor after n = 4 steps is that after 3: 3 - g h^2 3 * 4 / 2.
    env = env_of(tmp_path, mjcf(), "{z: 'qpos[2]', place: sensor place}", decimation=4)
    obs = env.step(torch.full((1, 1), -0.5))[0][0]
    assert obs[0].item() == pytest.approx(3 - 9.81e-4 * 10, abs=1e-6)
    assert obs[3].item() == pytest.approx(3 - 9.81e-4 * 6, abs=1e-6)


def test_features_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("height: qpos[2]")
    env = env_of(tmp_path, mjcf(), "other: qpos[0]", features=str(tmp_path / "mine.yaml"))
    assert env.feature_names == ("height",)


@pytest.mark.parametrize(
    ("radius", "rewards"), [({}, [1, 0, 0]), ({"goal_radius": 2.5}, [1, 1, 0]), ({"goal_radius": 4}, [1, 1, 1])]
)
def test_reward_within_the_radius_of_the_goal(tmp_path: Path, radius: dict, rewards: list[float]) -> None:
    env = env_of(tmp_path, mjcf(gravity=0), num_envs=3, goal=[3, 2], **radius)
    # The height does not count. Distances 0.9, 2 and 3 m; all is at rest, and at the centre of its range the motor is not.
    env.sim.current[:, 1] = (3.9, 5.0, 6.0)
    assert env.step(torch.full((3, 1), -0.5))[1].tolist() == rewards


def test_an_own_speed_limit(tmp_path: Path) -> None:
    env = env_of(tmp_path, mjcf(gravity=0), num_envs=3, max_speed=5.0, goal=(1, 2))
    before = env.reset()
    env.sim.current[:, 9:12] = [[4.9, 0, 0], [4, -4, 0], [0, 0, 5.1]]
    obs, reward, info = env.step(torch.full((3, 1), -0.5))
    assert info["frozen"].tolist() == [False, True, True]
    assert torch.equal(obs[1:], before[1:]) and not torch.equal(obs[0], before[0])
    assert reward.tolist() == [1, 0, 0]


@pytest.mark.parametrize("value", [float("nan"), 1e200])
def test_without_a_limit_broken_states_are_frozen(
    tmp_path: Path, value: float, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # where MuJoCo puts its log
    for limit in ({}, {"max_speed": 1e9}):
        env = env_of(tmp_path, mjcf(gravity=0), num_envs=2, **limit)
        env.sim.current[:, 9] = (1e4, value)
        obs, _, info = env.step(torch.zeros(2, 1))
        assert info["frozen"].tolist() == [False, True]
        assert obs.isfinite().all()
    capfd.readouterr()


def test_the_ant_as_mjcf_moves_like_the_ant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = build_spec(empty())
    for motor in spec.actuators:
        motor.ctrlrange, motor.ctrllimited = (-1, 1), True
    spec.compile()
    env = env_of(tmp_path, spec.to_xml(), num_envs=3)
    # MJCF has six digits of each number, so both must start from the file.
    monkeypatch.setattr(mujoco_backend, "build_spec", lambda *_: mujoco.MjSpec.from_file(str(tmp_path / "robot.xml")))
    ant = make("ant-empty", 3, threads=1)
    ant.sim.current[:] = env.sim.current
    generator = torch.Generator().manual_seed(0)
    for _ in range(40):
        actions = 2 * torch.rand(3, 8, generator=generator) - 1
        ant.step(actions)
        env.step(actions)
        assert np.array_equal(env.sim.current, ant.sim.current)
    assert (env.sim.current[:, 1] != 0).all()


def test_protocol(tmp_path: Path) -> None:
    check(make(f"mjcf:{ROVER}", 3, threads=2, goal=(1.0, 0.5)))
    check(env_of(tmp_path, mjcf(), num_envs=2))


def test_the_rover_drives_straight_and_turns() -> None:
    # Two wheels of 0.5 N m against 0.05 N m s, radius r = 0.1 m: at most 10 rad/s, 1 m/s. 5.5 kg and two wheels of
    # I = 0.0025 + 0.01 kg m^2 weigh 5.5 + 2 I / r^2 = 8 kg, slowed by 2 * 0.05 / r^2 = 10 kg/s: a time constant of 0.8 s.
    # After 60 actions of 8 * 0.01 s = 4.8 s: x = 4.8 - 0.8 (1 - exp(-4.8 / 0.8)) = 4.002 m.
    env = make(f"mjcf:{ROVER}", 2, threads=1)
    for _ in range(60):
        obs, _, _ = env.step(torch.tensor([[1.0, 1.0], [-1.0, 1.0]]))
    straight, spinning = (dict(zip(env.feature_names, row.tolist(), strict=True)) for row in obs)
    expected = {"x": 4.002, "y": 0, "heading": 0, "upright": 1, "velocity_0": 0.9975, "left": 0.9975, "right": 0.9975}
    assert {name: straight[name] for name in expected} == pytest.approx(expected, abs=0.01)
    # The wheels' treads scrub over the ground; to the left, on the spot.
    assert spinning["turn_2"] > 1.0
    assert {name: spinning[name] for name in ("x", "y", "upright")} == pytest.approx({"x": 0, "y": 0, "upright": 1}, abs=0.01)


def test_goals_are_drawn_as_on_a_plane() -> None:
    env = make(f"mjcf:{ROVER}", 1, threads=1)
    assert (env.terrain.name, env.terrain.floor, len(env.terrain.centres)) == (ROVER, 0.0, 0)
    assert EnvironmentSettings.model_validate(f"mjcf:{ROVER}").label == "mjcf-examples-rover-rover.xml"
