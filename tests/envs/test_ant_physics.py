"""The Ant's body obeys mechanics: weight, fall, momentum, energy, symmetry, the same bytes every time."""

import math

import mujoco
import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from kmyriad.envs import make
from kmyriad.envs.ant.model import DECIMATION, LEGS, PHYSICS_STEP, build_spec
from kmyriad.envs.ant.observations import FEATURE_NAMES
from kmyriad.envs.ant.terrains import empty

GRAVITY = 9.81
JOINT_POSITIONS = slice(
    FEATURE_NAMES.index("position_front_left_hip"), FEATURE_NAMES.index("velocity_front_left_hip")
)
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


def random_actions(steps: int, ants: int, seed: int = 0) -> torch.Tensor:
    return 2 * torch.rand(steps, ants, 8, generator=torch.Generator().manual_seed(seed)) - 1


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


def test_free_fall() -> None:
    # v grows by g h, then z by v h: after n steps z has lost g h^2 (1 + 2 + ... + n) = g h^2 n (n + 1) / 2.
    env = make("ant-empty", 1, threads=1)
    env._current[:, 3] = AIRBORNE
    for control_step in range(1, 7):
        obs, _, _ = env.step(torch.zeros(1, 8))
        n = DECIMATION * control_step
        assert obs[0, 2].item() == pytest.approx(AIRBORNE - GRAVITY / 60**2 * n * (n + 1) / 2, abs=1e-5)
        assert obs[0, 5].item() == pytest.approx(-GRAVITY * n / 60, abs=1e-5)


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
def test_torques_give_no_momentum(
    model: mujoco.MjModel, torque: float, refinement: int, error: float
) -> None:
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


def test_observed_velocities_are_those_of_the_torso_in_its_own_frame() -> None:
    env = make("ant-empty", 3, threads=1)
    for actions in random_actions(20, 3):
        obs, _, _ = env.step(actions)
    data, velocity = mujoco.MjData(env.model), np.zeros(6)
    for ant in range(3):
        mujoco.mj_setState(env.model, data, env._current[ant], mujoco.mjtState.mjSTATE_FULLPHYSICS)
        mujoco.mj_forward(env.model, data)
        mujoco.mj_objectVelocity(env.model, data, mujoco.mjtObj.mjOBJ_XBODY, 1, velocity, 1)
        np.testing.assert_allclose(obs[ant, 3:9].numpy(), velocity[[3, 4, 5, 0, 1, 2]], atol=1e-5)


def bends(rows: torch.Tensor) -> torch.Tensor:
    """[.., 8] joint values -> [.., 4 legs, (hip, ankle)], ankles positive where they bend the leg down."""
    return rows.unflatten(-1, (4, 2)) * torch.tensor([[1.0, 1], [1, -1], [1, -1], [1, 1]])


def mirrored(rows: torch.Tensor) -> torch.Tensor:
    """Front and left swap roles at the plane x = 0: legs in pairs, hips turn the other way."""
    return bends(bends(rows)[..., [1, 0, 3, 2], :].flatten(-2) * torch.tensor([-1.0, 1] * 4)).flatten(-2)


def quarter_turned(rows: torch.Tensor) -> torch.Tensor:
    """Each leg takes over from the one a quarter turn behind it; hips keep their sense."""
    return bends(bends(rows).roll(1, dims=-2).flatten(-2)).flatten(-2)


@pytest.mark.parametrize(
    ("act", "move"),
    [(mirrored, torch.tensor([[-1.0, 0], [0, 1]])), (quarter_turned, torch.tensor([[0.0, -1], [1, 0]]))],
)
def test_symmetric_torques_give_symmetric_motion(act, move: torch.Tensor) -> None:
    env = make("ant-empty", 2, threads=1)
    for actions in random_actions(10, 1, seed=3):
        obs, _, _ = env.step(torch.cat([actions, act(actions)]))
    assert obs[0, :2].norm() > 0.1
    torch.testing.assert_close(obs[1, :2], move @ obs[0, :2], rtol=0, atol=1e-4)
    torch.testing.assert_close(obs[1, 2], obs[0, 2], rtol=0, atol=1e-4)
    torch.testing.assert_close(obs[1, JOINT_POSITIONS], act(obs[0, JOINT_POSITIONS]), rtol=0, atol=1e-3)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_actions_give_the_same_bytes(threads: int) -> None:
    actions = random_actions(30, 5)
    env, other = make("ant-empty", 5, threads=1), make("ant-empty", 5, threads=threads)
    expected = torch.stack([env.step(each)[0] for each in actions])
    assert torch.equal(torch.stack([other.step(each)[0] for each in actions]), expected)
    other.reset()
    assert torch.equal(torch.stack([other.step(each)[0] for each in actions]), expected)
    other.close()


def test_an_ant_does_not_feel_its_neighbours() -> None:
    actions = random_actions(20, 4)
    together, alone = make("ant-empty", 4, threads=1), make("ant-empty", 1, threads=1)
    for each in actions:
        obs, single = together.step(each)[0], alone.step(each[2:3])[0]
    assert torch.equal(obs[2:3], single)
