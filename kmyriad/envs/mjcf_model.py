"""A user's own MuJoCo model: read and checked, with its root, its start and the range of its motors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kmyriad.names import choose

if TYPE_CHECKING:
    import mujoco

CONTROL_RATE = 12.0
"""Actions a second where no decimation is set: the paper's rate for the ant (Appendix A.2)."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put `path` in front of what a ValueError of the block says, on one line."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from None


def load_model(path: Path) -> "mujoco.MjModel":
    """Return the compiled model of the MJCF (or URDF) file at `path`.

    MuJoCo's automatic reset is switched off: a state that blew up must reach the guard, not silently turn into the start.

    Raises:
        ValueError: no such file, or MuJoCo can't read or compile it.
    """
    import mujoco

    if not path.is_file():
        raise ValueError(f"there is no such file (looked in {Path.cwd()})")
    model = mujoco.MjModel.from_xml_path(str(path))
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
    return model


def joint_names(model: "mujoco.MjModel") -> list[str]:
    """Return a name for each joint, `joint<i>` where the model has none."""
    return [model.joint(i).name or f"joint{i}" for i in range(model.njnt)]


def root_joint(model: "mujoco.MjModel") -> int:
    """Return the index of the first free joint, the root; ValueError if there is none."""
    import mujoco

    free = np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE)
    if not len(free):
        raise ValueError(
            f"no joint is free, so nothing can travel: give the robot's first body a <freejoint/> "
            f"(joints: {', '.join(joint_names(model)) or 'none'})"
        )
    return int(free[0])


def control_range(model: "mujoco.MjModel") -> tuple[np.ndarray, np.ndarray]:
    """Return centre and half-width [nu] of each actuator's range, in its own unit: actions -1 and 1 are its ends.

    Raises:
        ValueError: there is no actuator, or one without limits.
    """
    if not model.nu:
        raise ValueError("there are no actuators: add an <actuator> section, e.g. with one <motor> for each joint")
    for i in np.flatnonzero(model.actuator_ctrllimited == 0):
        raise ValueError(
            f"actuator {model.actuator(i).name or int(i)!r} has no limits that actions from -1 to 1 could stand for: "
            'give it a ctrlrange, e.g. ctrlrange="-1 1"'
        )
    low, high = model.actuator_ctrlrange.T
    return (low + high) / 2, (high - low) / 2


def start_state(model: "mujoco.MjModel", keyframe: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the full physics state [nstate] and the sensor values [nsensordata] of the start.

    It is that of the named `keyframe`, by default the first; a model without keyframes starts as it is written.

    Raises:
        ValueError: no keyframe of that name.
    """
    import mujoco

    data = mujoco.MjData(model)
    if keyframe is not None:
        mujoco.mj_resetDataKeyframe(model, data, index_of(keyframe, [model.key(i).name for i in range(model.nkey)], "keyframe"))
    elif model.nkey:
        mujoco.mj_resetDataKeyframe(model, data, 0)
    mujoco.mj_normalizeQuat(model, data.qpos)
    mujoco.mj_forward(model, data)
    state = np.empty(mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_FULLPHYSICS))
    mujoco.mj_getState(model, data, state, mujoco.mjtState.mjSTATE_FULLPHYSICS)
    return state, data.sensordata.copy()


def default_decimation(model: "mujoco.MjModel") -> int:
    """Return the number of physics steps an action that comes nearest to CONTROL_RATE."""
    return max(1, round(1 / (CONTROL_RATE * model.opt.timestep)))


def index_of(name: object, names: Sequence[str], what: str) -> int:
    """Return the index of `name` among the model's `names` of its objects `what`; ValueError if it has no such object."""
    if not any(names):
        raise ValueError(f"there is no {what} {name!r}: the model names none")
    return names.index(choose(str(name), [each for each in names if each], what))
