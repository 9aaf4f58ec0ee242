"""What of a MuJoCo model's state an observation holds: features by name, chosen in a small YAML file.

Each line is a name and where the feature comes from, optionally with a factor; the order is that of the observation:

    x: qpos[0]                    # an entry of qpos; of a free root: x, y, z in metres, then the quaternion w, x, y, z
    speed_x: qvel[0]              # an entry of qvel; of a free root: m/s in the world's axes, then rad/s in the root's own
    knee: joint knee_left         # position of a hinge (rad) or a slide (m)
    knee_speed: {from: joint_velocity knee_left, scale: 0.1}
    touch: sensor foot_touch      # a sensor's value; a sensor of three values gives touch_0, touch_1, touch_2
    heading: yaw                  # rad, of the root's own x axis
    upright: up                   # cosine between the root's own z axis and the vertical
    goal: angle_to_goal           # rad from the heading to the goal, or to a point 1 km along x where there is no goal
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from kmyriad.envs.mjcf_model import index_of, joint_names, root_joint
from kmyriad.names import choose

if TYPE_CHECKING:
    import mujoco

Source = str | dict[str, str]
"""Where a feature comes from: as text, or {from: text, scale: number}."""
_DERIVED = ("yaw", "up", "angle_to_goal")
_ROOT_POSITION = ("x", "y", "z", *(f"quaternion_{part}" for part in "wxyz"))
_ROOT_VELOCITY = tuple(f"{kind}_{axis}" for kind in ("velocity", "angular_velocity") for axis in "xyz")


@dataclass(frozen=True)
class Features:
    """Names, columns of the table that `tabulate` makes, and factors of the features, n of each."""

    names: tuple[str, ...]
    columns: np.ndarray
    scales: np.ndarray


def read_sources(path: Path) -> dict[str, Source]:
    """Return the mapping in the YAML file at `path`; every value is text.

    Raises:
        ValueError: no such file, not YAML, not a mapping, empty, or the same name twice.
    """
    if not path.is_file():
        raise ValueError("there is no such file of features")
    text = path.read_text(encoding="utf-8")
    try:
        # The base loader leaves everything text: a feature may be called `on`.
        node, sources = yaml.compose(text, yaml.BaseLoader), yaml.load(text, yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {error}") from None
    if not isinstance(sources, dict) or not sources:
        raise ValueError("it must map names of features to where they come from, as in `x: qpos[0]`")
    names = [key.value for key, _ in node.value] if node else []
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"feature {name!r} is there twice")
    return sources


def default_sources(model: "mujoco.MjModel") -> dict[str, Source]:
    """Return all of qpos and qvel by name: those of the root, positions of the other joints, then their velocities.

    Root: x, y, z, quaternion_w .. quaternion_z, velocity_x .. _z (m/s), angular_velocity_x .. _z (rad/s). Other joints:
    <joint>_position and <joint>_velocity, with _0, _1, ... for those of several entries (ball and free joints).
    """
    root = root_joint(model)
    position, velocity = model.jnt_qposadr[root], model.jnt_dofadr[root]
    sources: dict[str, Source] = {name: f"qpos[{position + i}]" for i, name in enumerate(_ROOT_POSITION)}
    sources |= {name: f"qvel[{velocity + i}]" for i, name in enumerate(_ROOT_VELOCITY)}
    for suffix, vector in (("position", "qpos"), ("velocity", "qvel")):
        for joint, name in enumerate(joint_names(model)):
            if joint != root:
                entries = _entries(model, joint, vector)
                labels = _suffixed(f"{name}_{suffix}", len(entries))
                sources |= {label: f"{vector}[{entry}]" for label, entry in zip(labels, entries, strict=True)}
    return sources


def resolve(sources: dict[str, Source], model: "mujoco.MjModel") -> Features:
    """Return the features that `sources` name.

    Raises:
        ValueError: an unknown source, joint or sensor (the message has the nearest), an index out of range, a scale that
            is no number, or two features of the same name.
    """
    names: list[str] = []
    columns: list[int] = []
    scales: list[float] = []
    for name, source in sources.items():
        try:
            text, scale = _source_and_scale(source)
            found = _find(text, model)
        except ValueError as error:
            raise ValueError(f"feature {name!r}: {error}") from None
        names += _suffixed(name, len(found))
        columns += found
        scales += [scale] * len(found)
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two features are called {name!r}")
    return Features(tuple(names), np.array(columns), np.array(scales))


def tabulate(
    model: "mujoco.MjModel", states: np.ndarray, sensors: np.ndarray, root: int, target: tuple[float, float]
) -> np.ndarray:
    """Return the table [m, nq + nv + nsensordata + 3] that features are columns of, from `states` [m, nstate].

    `root` is the index of the root's joint, `target` (x, y), metres, what angle_to_goal refers to.
    """
    physics = states[:, 1 : 1 + model.nq + model.nv]
    start = model.jnt_qposadr[root]
    x, y, _, *quaternion = physics[:, start : start + 7].T
    qw, qx, qy, qz = quaternion
    yaw = np.arctan2(2 * (qx * qy + qw * qz), 1 - 2 * (qy * qy + qz * qz))
    up = 1 - 2 * (qx * qx + qy * qy)
    angle = np.arctan2(target[1] - y, target[0] - x) - yaw
    derived = np.stack([yaw, up, np.arctan2(np.sin(angle), np.cos(angle))], axis=1)
    return np.concatenate([physics, sensors, derived], axis=1)


def _source_and_scale(source: Source) -> tuple[str, float]:
    if isinstance(source, str):
        return source, 1.0
    if not isinstance(source, dict) or not isinstance(source.get("from"), str):
        raise ValueError(f"needs text, or {{from: ..., scale: ...}}, got {source!r}")
    for key in source:
        choose(key, ("from", "scale"), "key")
    try:
        scale = float(source.get("scale", "1"))
    except (TypeError, ValueError):
        scale = np.nan
    if not np.isfinite(scale):
        raise ValueError(f"scale must be a number, got {source['scale']!r}")
    return source["from"], scale


def _find(source: str, model: "mujoco.MjModel") -> list[int]:
    """Return the columns of the table that the text `source` means."""
    kind = choose(re.split(r"[\[\s]", source, maxsplit=1)[0], _SOURCES, "source")
    return _SOURCES[kind](source.removeprefix(kind).strip(), model)


def _entry(vector: str, rest: str, model: "mujoco.MjModel") -> list[int]:
    size, offset = (model.nq, 0) if vector == "qpos" else (model.nv, model.nq)
    index = re.fullmatch(r"\[(\d+)\]", rest)
    if not index:
        raise ValueError(f"{vector} needs an index, as in {vector}[0]")
    if int(index[1]) >= size:
        raise ValueError(f"{vector}[{index[1]}] is out of range: this model has {vector}[0] .. {vector}[{size - 1}]")
    return [offset + int(index[1])]


def _joint(vector: str, rest: str, model: "mujoco.MjModel") -> list[int]:
    joint = index_of(rest, joint_names(model), "joint")
    entries = _entries(model, joint, vector)
    if len(entries) > 1:
        raise ValueError(f"joint {rest!r} has several entries: name one of {vector}[{entries[0]}] .. {vector}[{entries[-1]}]")
    return [entries[0] + (0 if vector == "qpos" else model.nq)]


def _sensor(rest: str, model: "mujoco.MjModel") -> list[int]:
    sensor = index_of(rest, [model.sensor(i).name for i in range(model.nsensor)], "sensor")
    first = model.nq + model.nv + int(model.sensor_adr[sensor])
    return list(range(first, first + int(model.sensor_dim[sensor])))


def _derived(name: str, rest: str, model: "mujoco.MjModel") -> list[int]:
    if rest:
        raise ValueError(f"{name} stands alone, got {rest!r} behind it")
    return [model.nq + model.nv + model.nsensordata + _DERIVED.index(name)]


def _entries(model: "mujoco.MjModel", joint: int, vector: str) -> range:
    """Return the indices into `vector`, qpos or qvel, of the joint with index `joint`."""
    addresses, end = (model.jnt_qposadr, model.nq) if vector == "qpos" else (model.jnt_dofadr, model.nv)
    return range(int(addresses[joint]), int(addresses[joint + 1]) if joint + 1 < model.njnt else end)


def _suffixed(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}_{i}" for i in range(count)]


_SOURCES: dict[str, Callable[[str, "mujoco.MjModel"], list[int]]] = {
    "qpos": partial(_entry, "qpos"),
    "qvel": partial(_entry, "qvel"),
    "joint": partial(_joint, "qpos"),
    "joint_velocity": partial(_joint, "qvel"),
    "sensor": _sensor,
    **{name: partial(_derived, name) for name in _DERIVED},
}
