"""The Ant on MuJoCo: each step is five plain physics steps, alike for every ant, with the same bytes every time."""

import mujoco
import numpy as np
import pytest
import torch

from kmyriad.envs import make
from kmyriad.envs.ant.observations import FEATURE_NAMES, AntState, observe

HIGH = 100.0
"""Metres: out of the ground's reach."""


def random_actions(steps: int, ants: int, seed: int = 0) -> torch.Tensor:
    return 2 * torch.rand(steps, ants, 8, generator=torch.Generator().manual_seed(seed)) - 1


def test_the_start() -> None:
    # Torso at 0.5 m, level, at rest, target straight ahead; ankles bent by 45 of 30..100 degrees: -4/7, or 4/7 where the
    # axis is mirrored. All other features are 0.
    expected = {"z": 0.5, "up_projection": 1, "heading_projection": 1}
    expected |= {f"position_{leg}_ankle": -4 / 7 for leg in ("front_left", "right_back")}
    expected |= {f"position_{leg}_ankle": 4 / 7 for leg in ("front_right", "left_back")}
    for row in make("ant-empty", 2).reset():
        assert dict(zip(FEATURE_NAMES, row.tolist(), strict=True)) == pytest.approx(
            dict.fromkeys(FEATURE_NAMES, 0) | expected, abs=1e-6
        )


def test_a_step_is_five_physics_steps_under_constant_torque() -> None:
    env = make("ant-empty", 1, threads=1)
    data = mujoco.MjData(env.model)
    mujoco.mj_resetDataKeyframe(env.model, data, 0)
    for actions in random_actions(12, 1):
        obs, _, _ = env.step(actions)
        data.ctrl[:], data.qacc_warmstart[:] = actions[0].numpy(), 0.0  # rollouts start the solver afresh
        mujoco.mj_step(env.model, data, 5)
        rows = (torch.tensor(each)[None].float() for each in (data.qpos, data.qvel, data.sensordata))
        assert torch.equal(obs, observe(AntState(*rows, actions), (1000.0, 0.0)))
    assert data.time == pytest.approx(1.0)


def test_free_fall() -> None:
    # v grows by g h, then z by v h: after n steps z has lost g h^2 (1 + 2 + ... + n) = g h^2 n (n + 1) / 2.
    env = make("ant-empty", 1, threads=1)
    env.sim.current[:, 3] = HIGH
    for control_step in range(1, 7):
        obs, _, _ = env.step(torch.zeros(1, 8))
        n = 5 * control_step
        assert obs[0, 2].item() == pytest.approx(HIGH - 9.81 / 60**2 * n * (n + 1) / 2, abs=1e-5)
        assert obs[0, 5].item() == pytest.approx(-9.81 * n / 60, abs=1e-5)


def test_observed_velocities_are_those_of_the_torso_in_its_own_frame() -> None:
    env = make("ant-empty", 3, threads=1)
    for actions in random_actions(20, 3):
        obs, _, _ = env.step(actions)
    data, velocity = mujoco.MjData(env.model), np.zeros(6)
    for ant in range(3):
        mujoco.mj_setState(env.model, data, env.sim.current[ant], mujoco.mjtState.mjSTATE_FULLPHYSICS)
        mujoco.mj_forward(env.model, data)
        mujoco.mj_objectVelocity(env.model, data, mujoco.mjtObj.mjOBJ_XBODY, 1, velocity, 1)
        np.testing.assert_allclose(obs[ant, 3:9].numpy(), velocity[[3, 4, 5, 0, 1, 2]], atol=1e-5)


BEND = torch.tensor([[1.0, 1], [1, -1], [1, -1], [1, 1]])
"""Signs of hip and ankle of each leg that make all ankles positive where they bend the leg down."""


def mirrored(joints: torch.Tensor) -> torch.Tensor:
    """At the plane x = 0: front left and front right swap, so do the legs at the back; hips turn the other way."""
    swapped = (joints.unflatten(-1, (4, 2)) * BEND)[..., [1, 0, 3, 2], :] * torch.tensor([-1.0, 1])
    return (swapped * BEND).flatten(-2)


def quarter_turned(joints: torch.Tensor) -> torch.Tensor:
    """Each leg takes over from the one a quarter turn behind it."""
    return ((joints.unflatten(-1, (4, 2)) * BEND).roll(1, dims=-2) * BEND).flatten(-2)


@pytest.mark.parametrize(
    ("act", "move"),
    [(mirrored, torch.tensor([[-1.0, 0], [0, 1]])), (quarter_turned, torch.tensor([[0.0, -1], [1, 0]]))],
)
def test_symmetric_torques_give_symmetric_motion(act, move: torch.Tensor) -> None:
    # The solver stops at a tolerance, and contacts magnify what it leaves: 1e-4 m after 50 physics steps.
    env = make("ant-empty", 2, threads=1)
    for actions in random_actions(10, 1, seed=3):
        obs, _, _ = env.step(torch.cat([actions, act(actions)]))
    joints = obs[:, FEATURE_NAMES.index("position_front_left_hip") :][:, :8]
    assert obs[0, :2].norm() > 0.1
    torch.testing.assert_close(obs[1, :2], move @ obs[0, :2], rtol=0, atol=1e-4)
    torch.testing.assert_close(obs[1, 2], obs[0, 2], rtol=0, atol=1e-4)
    torch.testing.assert_close(joints[1], act(joints[0]), rtol=0, atol=1e-3)


def rollout(env, actions: torch.Tensor) -> torch.Tensor:
    return torch.stack([env.step(each)[0] for each in actions])


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_actions_give_the_same_bytes(threads: int) -> None:
    actions, other = random_actions(30, 5), make("ant-empty", 5, threads=threads)
    expected = rollout(make("ant-empty", 5, threads=1), actions)
    assert torch.equal(rollout(other, actions), expected)
    other.reset()
    assert torch.equal(rollout(other, actions), expected)
    other.close()


def test_an_ant_does_not_feel_its_neighbours() -> None:
    actions = random_actions(20, 4)
    alone = rollout(make("ant-empty", 1, threads=1), actions[:, 2:3])
    assert torch.equal(rollout(make("ant-empty", 4, threads=1), actions)[:, 2:3], alone)


def test_wrong_actions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"actions must be a float tensor of shape \[2, 8\], got torch.float32 \[8\]"):
        make("ant-empty", 2).step(torch.zeros(8))
