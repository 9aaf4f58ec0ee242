"""Robots of one's own: one line, with culprit and remedy, for whatever is wrong with model, features or settings."""

import re
from pathlib import Path

import pytest

from kmyriad.envs import make

MOTOR = '<motor name="knee" joint="knee" ctrlrange="-1 3"/>'
ROBOT = f"""<mujoco>
  <worldbody>
    <body>
      <freejoint name="root"/><geom size="0.1"/><site name="torso"/>
      <body><joint name="knee"/><geom size="0.1"/></body>
    </body>
  </worldbody>
  <actuator>{MOTOR}</actuator>
  <sensor><framepos name="place" objtype="site" objname="torso"/><jointpos name="angle" joint="knee"/></sensor>
  <keyframe><key name="low"/><key name="turned"/></keyframe>
</mujoco>"""


def make_robot(folder: Path, xml: str = ROBOT, yaml: str | None = None, **settings: object) -> None:
    (folder / "robot.xml").write_text(xml)
    if yaml is not None:
        (folder / "robot.yaml").write_text(yaml)
    make(f"mjcf:{folder}/robot.xml", 1, **settings)


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        ("hello", "XML parse error 8: .* Line number=1"),
        (
            ROBOT.replace("<joint ", "<jiont "),
            r"Schema violation: unrecognized element Element 'jiont', line \d+",
        ),
        (ROBOT.replace('joint="knee" ctrl', 'joint="nee" ctrl'), "unknown transmission target 'nee'"),
        (ROBOT.replace('<freejoint name="root"/>', ""), r"no joint is free, .* a <freejoint/> \(joints: knee\)$"),
        (ROBOT.replace(MOTOR, ""), "there are no actuators: add an <actuator> section"),
        (
            ROBOT.replace(' ctrlrange="-1 3"', ""),
            "actuator 'knee' has no limits .* give it a ctrlrange, e.g. ctrlrange=\"-1 1\"$",
        ),
        (ROBOT.replace(MOTOR, f'{MOTOR}<motor joint="knee"/>'), "actuator 1 has no limits"),
    ],
)
def test_wrong_models(tmp_path: Path, xml: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        make_robot(tmp_path, xml)
    assert str(error.value).startswith(f"{tmp_path}/robot.xml: ") and "\n" not in str(error.value)


def test_no_model() -> None:
    with pytest.raises(ValueError, match=r"^examples/rvoer\.xml: there is no such file \(looked in /.*\)$"):
        make("mjcf:examples/rvoer.xml", 1)


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("", "it must map names of features"),
        ("- x", "it must map names of features"),
        ("x: [", "not YAML: "),
        ("x: qpos[0]\nx: qpos[1]", "feature 'x' is there twice"),
        ("x: qpos[8]", "feature 'x': qpos[8] is out of range: this model has qpos[0] .. qpos[7]"),
        ("x: qvel[7]", "feature 'x': qvel[7] is out of range: this model has qvel[0] .. qvel[6]"),
        ("x: qpos[-1]", "feature 'x': qpos needs an index, as in qpos[0]"),
        ("x: qpos 0", "feature 'x': qpos needs an index"),
        ("x: qpso[0]", "feature 'x': unknown source 'qpso'; did you mean 'qpos'?"),
        ("x:", "feature 'x': unknown source ''"),
        ("x: yaw root", "feature 'x': yaw stands alone, got 'root' behind it"),
        ("x: joint kne", "feature 'x': unknown joint 'kne'; did you mean 'knee'? (choices: knee, root)"),
        ("x: joint root", "feature 'x': joint 'root' has several entries: name one of qpos[0] .. qpos[6]"),
        ("x: joint_velocity root", "name one of qvel[0] .. qvel[5]"),
        ("x: sensor plcae", "feature 'x': unknown sensor 'plcae'; did you mean 'place'? (choices: angle, place)"),
        ("x: {form: yaw}", "feature 'x': needs text, or {from: ..., scale: ...}"),
        ("x: {from: yaw, scael: 2}", "feature 'x': unknown key 'scael'; did you mean 'scale'?"),
        ("x: {from: yaw, scale: 1/2}", "feature 'x': scale must be a number, got '1/2'"),
        ("x: {from: yaw, scale: nan}", "feature 'x': scale must be a number, got 'nan'"),
        ("a: sensor place\na_1: yaw", "two features are called 'a_1'"),
    ],
)
def test_wrong_features(tmp_path: Path, yaml: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        make_robot(tmp_path, yaml=yaml)
    assert str(error.value).startswith(f"{tmp_path}/robot.yaml: ") and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"keyfrane": "low"}, "'keyfrane'; did you mean 'keyframe'? (choices: decimation, features, goal, goal_radius,"),
        ({"keyframe": "lwo"}, "unknown keyframe 'lwo'; did you mean 'low'? (choices: low, turned)"),
        ({"features": "nowhere.yaml"}, "nowhere.yaml: there is no such file of features"),
        ({"features": ["x", "y"]}, "settings.features must be the path of a YAML file that names features, got ['x', 'y']"),
        ({"decimation": 2.5}, "decimation must be a whole number above 0, got 2.5"),
        ({"decimation": True}, "decimation must be a whole number above 0, got True"),
        ({"goal_radius": 0}, "goal_radius must be a number above 0, got 0"),
        ({"max_speed": "fast"}, "max_speed must be a number above 0, got 'fast'"),
        ({"max_speed": float("nan")}, "max_speed must be a number above 0, got nan"),
        ({"goal": (1, 2, 3)}, "goal must be two numbers (x, y) in metres, got (1, 2, 3)"),
        ({"backend": "mujco"}, "unknown backend 'mujco'; did you mean 'mujoco'?"),
    ],
)
def test_wrong_settings(tmp_path: Path, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        make_robot(tmp_path, **settings)
    assert "\n" not in str(error.value)


def test_names_that_the_model_has_none_of(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"robot\.xml: there is no keyframe 'low': the model names none"):
        make_robot(tmp_path, re.sub("<keyframe>.*</keyframe>", "", ROBOT), keyframe="low")


@pytest.mark.parametrize(
    "yaml", ["y: qpos[1]", "{x: 'qpos[1]', y: 'qpos[1]'}", "{x: {from: 'qpos[0]', scale: 0.1}, y: 'qpos[1]'}"]
)
def test_a_goal_needs_x_and_y(tmp_path: Path, yaml: str) -> None:
    with pytest.raises(ValueError, match=re.escape("a goal needs the root's x in metres among the features: `x: qpos[0]`")):
        make_robot(tmp_path, yaml=yaml, goal=(1, 2))
