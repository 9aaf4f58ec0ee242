"""The Ant's body obeys mechanics: weights, forces, momentum, energy."""

import math

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kmyriad.envs.ant.model import DECIMATION, LEGS, PHYSICS_STEP, build_spec
from kmyriad.envs.ant.observations import FEATURE_NAMES
from kmyriad.envs.ant.terrains import empty

GRAVITY = 9.81
AIRBORNE = 100.0
"""Metres: out of the ground's reach for three seconds."""


@pytest.fixture
def model() -> mujoco.MjModel:
    return build_spec(empty()).compile()


def at_start(model: mujoco.MjModel, height: float) -> mujoco.MjData:
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    data.qpos[2] = height
    return data


def thrown(model: mujoco.MjModel, height: float, seed: int) -> mujoco.MjData:
    """An ant thrown in a random pose: about 2 m/s, 2 rad/s, and 5 rad/s in each joint."""
    rng, data = np.random.default_rng(seed), at_start(model, height)
    data.qpos[3:7] = Rotation.random(rng=rng).as_quat()
    data.qvel[:] = rng.normal(size=14) * np.repeat([2.0, 5.0], [6, 8])
    return data


def test_weight_is_the_volume_times_5_kg_per_cubic_metre(model: mujoco.MjModel) -> None:
    # Capsules of radius 0.08 along (0.2, 0.2), twice a leg, and (0.4, 0.4); the torso has a radius of 0.25.
    ball, rod = 4 / 3 * math.pi * 0.08**3, math.pi * 0.08**2
    leg = 2 * (rod * math.hypot(0.2, 0.2) + ball) + rod * math.hypot(0.4, 0.4) + ball
    expected = 5 * (4 / 3 * math.pi * 0.25**3 + 4 * leg)
    assert expected == pytest.approx(0.911, abs=5e-4)
    assert model.body_mass.sum() == pytest.approx(expected, rel=1e-12)


def test_sizes_and_times(model: mujoco.MjModel) -> None:
    assert (model.nq, model.nv, model.nu, model.nsensordata, len(FEATURE_NAMES)) == (15, 14, 8, 24, 62)
    assert model.opt.timestep == PHYSICS_STEP == 1 / 60
    assert DECIMATION == 5


def test_each_motor_puts_7_5_newton_metres_on_the_joint_of_its_name(model: mujoco.MjModel) -> None:
    data = at_start(model, AIRBORNE)
    data.ctrl[:] = [1, -1, 0.5, -0.5, 0.2, -0.2, 0.1, 0]
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(data.qfrc_actuator[6:], [7.5, -7.5, 3.75, -3.75, 1.5, -1.5, 0.75, 0])
    assert [model.actuator(i).name for i in range(8)] == [model.joint(i + 1).name for i in range(8)]


def test_without_torque_the_ant_ends_at_rest_on_its_ankle_stops(model: mujoco.MjModel) -> None:
    # Legs of 0.4 sqrt 2 m, 30 degrees down, end in balls of 0.08: z = 0.4 sqrt 2 sin 30 + 0.08 = 0.363. Stops
    # and ground are soft: the ankles pass 30 degrees by 0.12 (1.0 mm of z), the feet sink in by about 1 mm.
    data = at_start(model, 0.5)
    mujoco.mj_step(model, data, 12 * 60)
    assert np.abs(data.qvel).max() < 1e-6
    assert data.qpos[2] == pytest.approx(0.4 * math.sqrt(2) * 0.5 + 0.08, abs=3e-3)
    np.testing.assert_allclose(np.degrees(data.qpos[[8, 10, 12, 14]]), [30, -30, -30, 30], atol=0.2)


def test_the_ground_carries_the_weight(model: mujoco.MjModel) -> None:
    data = at_start(model, 0.5)
    mujoco.mj_step(model, data, 12 * 60)
    forces = np.zeros((data.ncon, 6))
    for contact, force in enumerate(forces):
        mujoco.mj_contactForce(model, data, contact, force)
    assert forces[:, 0].sum() == pytest.approx(GRAVITY * model.body_mass.sum(), rel=1e-4)
    np.testing.assert_allclose(forces[:, 0], forces[:, 0].mean(), rtol=1e-3)


def test_each_leg_carries_a_quarter_of_the_weight_less_the_foot(model: mujoco.MjModel) -> None:
    # The ground lifts a foot by m g / 4, its weight takes m_foot g: the leg must press with the difference.
    data = at_start(model, 0.5)
    mujoco.mj_step(model, data, 12 * 60)
    expected = -GRAVITY * (model.body_mass.sum() / 4 - model.body("front_left_foot").mass[0])
    for leg in LEGS:
        force = data.sensor(f"{leg.name}_force").data
        to_world = data.site(f"{leg.name}_foot").xmat.reshape(3, 3)
        assert (to_world @ force)[2] == pytest.approx(expected, rel=1e-3)


def momentum(model: mujoco.MjModel, data: mujoco.MjData) -> np.ndarray:
    """Total linear momentum, N s."""
    mujoco.mj_forward(model, data)
    mujoco.mj_subtreeVel(model, data)
    return data.subtree_linvel[1] * model.body_subtreemass[1]


def momentum_gained(model: mujoco.MjModel, data: mujoco.MjData, torque: float, refinement: int) -> float:
    """What one second of random torques in empty space adds to it, at a `refinement` times finer step."""
    model.opt.timestep, model.opt.gravity[:] = PHYSICS_STEP / refinement, 0.0
    before = momentum(model, data)
    for controls in np.random.default_rng(0).uniform(-torque, torque, (12, 8)):
        data.ctrl[:] = controls
        mujoco.mj_step(model, data, DECIMATION * refinement)
    return float(np.linalg.norm(momentum(model, data) - before))


# An integrator in joint coordinates conserves momentum only as its step vanishes: a limb at 20 rad/s turns by
# 0.3 rad in 1/60 s, and a second of full torques leaves 0.97 N s. A wrong body would leave it at any step.
@pytest.mark.parametrize(("torque", "refinement", "error"), [(0.1, 1, 0.02), (1.0, 32, 0.005)])
def test_torques_give_no_momentum(model: mujoco.MjModel, torque: float, refinement: int, error: float) -> None:
    assert momentum_gained(model, at_start(model, AIRBORNE), torque, refinement) < error


@pytest.mark.parametrize("seed", range(4))
def test_a_thrown_ant_keeps_its_momentum(model: mujoco.MjModel, seed: int) -> None:
    assert momentum_gained(model, thrown(model, AIRBORNE, seed), torque=0.0, refinement=32) < 0.005


def energies(model: mujoco.MjModel, height: float, seed: int) -> np.ndarray:
    """Kinetic and potential energy (J) of a thrown ant before each of 180 physics steps."""
    model.opt.enableflags |= int(mujoco.mjtEnableBit.mjENBL_ENERGY)
    data, energy = thrown(model, height, seed), []
    for _ in range(180):
        mujoco.mj_step(model, data)
        energy.append(data.energy.sum())
    return np.array(energy)


@pytest.mark.parametrize("seed", range(6))
def test_energy_falls_in_the_air(model: mujoco.MjModel, seed: int) -> None:
    model.jnt_limited[:] = 0
    assert (np.diff(energies(model, AIRBORNE, seed)) < 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_energy_never_grows_on_the_ground(model: mujoco.MjModel, seed: int) -> None:
    # Contacts and joint stops are soft and may give back what they held: at most what lifts the ant by 1 cm.
    energy = energies(model, 1.0, seed)
    assert energy.max() == energy[0]
    assert (energy - np.minimum.accumulate(energy)).max() < 0.01 * GRAVITY * model.body_mass.sum()


def test_nothing_but_the_ground_touches_an_ant(model: mujoco.MjModel) -> None:
    # Two geoms meet where contype of one and conaffinity of the other share a bit.
    meet = (model.geom_contype[:, None] & model.geom_conaffinity[None, :]) > 0
    meet |= meet.T
    ground = model.geom_bodyid == 0
    assert not meet[~ground][:, ~ground].any()
    assert meet[ground][:, ~ground].all()
