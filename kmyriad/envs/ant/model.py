"""The Ant's body as a MuJoCo MjSpec: the one model that every backend compiles.

Dimensions are those of the public nv_ant model that Isaac Lab's Ant task uses; the simulation settings follow Appendix A.2
of the K-Myriad paper, except where a comment gives the reason for a departure.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmyriad.envs.ant.terrains import Terrain

if TYPE_CHECKING:
    import mujoco

PHYSICS_STEP = 1 / 60
"""Seconds of one physics step (Appendix A.2)."""
DECIMATION = 5
"""Physics steps for one action: control at 12 Hz (Appendix A.2)."""
TORQUE = 7.5
"""Newton metres of joint torque for an action of 1 (Appendix A.3)."""
START_HEIGHT = 0.5
"""Metres of the torso's centre above the ground at reset."""
TORSO_RADIUS, LIMB_RADIUS = 0.25, 0.08
# 0.01 in nv_ant; 0.02 with `implicit` keeps an adversarial search at 1/60 s below 11 m/s (benchmarks/adversarial_search.py).
ARMATURE = 0.02
DAMPING = 0.1
DENSITY = 5.0
FRICTION = (1.0, 0.005, 0.0001)
"""Sliding friction of Appendix A.2; torsional and rolling friction are MuJoCo's defaults, without effect at condim 3."""
HIP_RANGE = (-40.0, 40.0)


@dataclass(frozen=True)
class Leg:
    """One leg: `side` gives the signs of x and y, angles are in degrees."""

    name: str
    side: tuple[int, int]
    ankle_axis: tuple[int, int, int]
    ankle_range: tuple[float, float]
    ankle_start: float


LEGS = (
    Leg("front_left", (1, 1), (-1, 1, 0), (30.0, 100.0), 45.0),
    Leg("front_right", (-1, 1), (1, 1, 0), (-100.0, -30.0), -45.0),
    Leg("left_back", (-1, -1), (-1, 1, 0), (-100.0, -30.0), -45.0),
    Leg("right_back", (1, -1), (1, 1, 0), (30.0, 100.0), 45.0),
)


def build_spec(terrain: Terrain, substeps: int = 1) -> "mujoco.MjSpec":
    """Return the Ant standing on `terrain`: 15 positions, 14 velocities, 8 motors, 24 sensor values (force, torque a foot).

    A physics step is cut into `substeps`: what was learnt at the paper's step can be checked at a finer one.
    """
    import mujoco

    spec = mujoco.MjSpec()
    spec.modelname = f"ant-{terrain.name}"
    _set_options(spec, substeps)
    _add_terrain(spec, terrain)
    torso = spec.worldbody.add_body(name="torso", pos=[0, 0, START_HEIGHT])
    torso.add_freejoint(name="root")
    _add_geom(torso, "torso", mujoco.mjtGeom.mjGEOM_SPHERE, size=[TORSO_RADIUS, 0, 0])
    for leg in LEGS:
        _add_leg(spec, torso, leg)
    spec.add_key(name="start", qpos=start_position())
    return spec


def start_position() -> list[float]:
    """Return qpos [15] of the start: torso at START_HEIGHT, legs bent, joints in MJCF order (hip, ankle of each leg)."""
    from math import radians

    joints = [angle for leg in LEGS for angle in (0.0, radians(leg.ankle_start))]
    return [0.0, 0.0, START_HEIGHT, 1.0, 0.0, 0.0, 0.0, *joints]


def _set_options(spec: "mujoco.MjSpec", substeps: int) -> None:
    import mujoco

    spec.option.timestep = PHYSICS_STEP / substeps
    # `implicit` keeps the gyroscopic terms; without them the fast, light limbs blow up at this time step.
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICIT
    # A state that blew up must reach the guard; by default MuJoCo would silently put the ant back to its start.
    spec.option.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
    # The elliptic cone is the one whose contacts MuJoCo Warp reproduces to 2e-4 m/s a step.
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC


def _add_terrain(spec: "mujoco.MjSpec", terrain: Terrain) -> None:
    import mujoco

    # Ground touches ants (contype 1 against conaffinity 1), ants never touch one another or themselves.
    ground = dict(contype=1, conaffinity=0, friction=FRICTION)
    plane = dict(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0, 0, 1], pos=[0, 0, terrain.floor])
    spec.worldbody.add_geom(name="floor", **plane, **ground)
    for centre, half_size in zip(terrain.centres, terrain.half_sizes, strict=True):
        spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, pos=centre, size=half_size, **ground)


def _add_geom(body: "mujoco.MjsBody", name: str, shape: "mujoco.mjtGeom", **shape_settings: object) -> None:
    body.add_geom(name=name, type=shape, density=DENSITY, contype=0, conaffinity=1, friction=FRICTION, **shape_settings)


def _add_limb(body: "mujoco.MjsBody", name: str, end: list[float]) -> None:
    import mujoco

    _add_geom(body, name, mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=[0, 0, 0, *end], size=[LIMB_RADIUS, 0, 0])


def _add_leg(spec: "mujoco.MjSpec", torso: "mujoco.MjsBody", leg: Leg) -> None:
    (x, y), name = leg.side, leg.name
    _add_limb(torso, f"{name}_hip", [0.2 * x, 0.2 * y, 0])
    thigh = torso.add_body(name=f"{name}_leg", pos=[0.2 * x, 0.2 * y, 0])
    _add_hinge(spec, thigh, f"{name}_hip", (0, 0, 1), HIP_RANGE)
    _add_limb(thigh, f"{name}_leg", [0.2 * x, 0.2 * y, 0])
    foot = thigh.add_body(name=f"{name}_foot", pos=[0.2 * x, 0.2 * y, 0])
    _add_hinge(spec, foot, f"{name}_ankle", leg.ankle_axis, leg.ankle_range)
    _add_limb(foot, f"{name}_foot", [0.4 * x, 0.4 * y, 0])
    _add_wrench_sensor(spec, foot, name)


def _add_hinge(
    spec: "mujoco.MjSpec", body: "mujoco.MjsBody", name: str, axis: tuple[int, int, int], limits: tuple[float, float]
) -> None:
    import mujoco

    body.add_joint(
        name=name, type=mujoco.mjtJoint.mjJNT_HINGE, axis=axis, range=limits, limited=True, armature=ARMATURE, damping=DAMPING
    )
    motor = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    motor.gear[0] = TORQUE


def _add_wrench_sensor(spec: "mujoco.MjSpec", foot: "mujoco.MjsBody", name: str) -> None:
    import mujoco

    foot.add_site(name=f"{name}_foot")
    for kind in (mujoco.mjtSensor.mjSENS_FORCE, mujoco.mjtSensor.mjSENS_TORQUE):
        label = f"{name}_{kind.name.removeprefix('mjSENS_').lower()}"
        spec.add_sensor(name=label, type=kind, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=f"{name}_foot")
