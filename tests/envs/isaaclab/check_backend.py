"""Whole control steps: Isaac Lab's own step and reset on our backend."""

from ants import GOAL, make_ants, make_env, scatter  # isort: skip  it brings the stubs
import fake
import numpy as np
import pytest
import torch

from kmyriad.envs import check, isaaclab_backend
from kmyriad.envs.ant.observations import FEATURE_NAMES
from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.ant.terrains import TERRAINS, empty
from kmyriad.envs.isaaclab import findings
from kmyriad.envs.mujoco_backend import MujocoAnt


@pytest.mark.parametrize("name", TERRAINS)
def test_trajectories_are_those_of_the_embedded_simulator(name: str) -> None:
    # The same MuJoCo below both: what differs is Isaac Lab's step, its action and observation terms, and the order of joints.
    terrain = TERRAINS[name](0)
    ants, reference = make_ants(3, terrain), MujocoAnt(3, terrain, GOAL, threads=1)
    assert torch.equal(ants.reset(), reference.reset())
    generator = torch.Generator().manual_seed(0)
    for _ in range(8):
        actions = 2 * torch.rand(3, 8, generator=generator) - 1
        found, ours = ants.step(actions), reference.step(actions)
        torch.testing.assert_close(found[0], ours[0], rtol=0, atol=1e-4)
        assert torch.equal(found[1], ours[1])
    assert torch.equal(ants.reset(), reference.reset())


def test_any_order_of_physx_will_do(monkeypatch) -> None:
    bodies = ["torso", *np.random.default_rng(0).permutation(fake.BODIES[1:]).tolist()]
    ours = [name.replace("_leg", "_hip").replace("_foot", "_ankle") for name in bodies[1:]]
    for name, value in {"BODIES": bodies, "JOINTS": bodies[1:], "OURS": ours}.items():
        monkeypatch.setattr(fake, name, value)
    ants, reference = make_ants(2), MujocoAnt(2, empty(), GOAL, threads=1)
    actions = torch.linspace(-1, 1, 16).reshape(2, 8)
    for _ in range(3):
        torch.testing.assert_close(ants.step(actions)[0], reference.step(actions)[0], rtol=0, atol=1e-4)
    assert "ours are its [0, 4, 1" not in ants.findings()[0]


def test_the_protocol_is_kept() -> None:
    check(make_ants(2), steps=5)


def test_isaac_labs_time_limit_resets_nothing() -> None:
    ants = make_ants(2)
    ants.env.cfg.episode_length_s = 0.2  # 3 control steps
    positions = [ants.step(torch.full((2, 8), 0.3))[0][0, 2].item() for _ in range(6)]
    assert len(set(positions)) == 6
    assert ants.env.max_episode_length == 3 and not ants.env.reset_buf.any()


@pytest.mark.parametrize("damage", [25.0, float("nan")])
def test_a_failed_ant_is_frozen_until_the_reset(damage: float) -> None:
    ants = make_ants(3, task=GoalTask((0.0, 0.0)))
    before, reward, _ = ants.step(torch.zeros(3, 8))
    assert reward.tolist() == [1.0] * 3
    ants.env.scene["robot"].view.ants[1].qvel[0] = damage
    obs, reward, info = ants.step(torch.zeros(3, 8))
    assert info["frozen"].tolist() == [False, True, False]
    assert torch.equal(obs[1], before[1]) and not torch.equal(obs[0], before[0])
    assert reward.tolist() == [1.0, 0.0, 1.0]
    again, _, info = ants.step(torch.ones(3, 8))
    assert torch.equal(again[1], before[1]) and info["frozen"].tolist() == [False, True, False]
    # It waits near the start, without torques.
    assert ants.env.scene["robot"].view.ants[1].qpos[2] == pytest.approx(0.5, abs=0.1)
    ants.reset()
    assert not ants.step(torch.zeros(3, 8))[2]["frozen"].any()


def test_an_ant_with_an_infinite_force_is_frozen() -> None:
    ants = make_ants(2)
    view = ants.env.scene["robot"].view
    forces = view.get_link_incoming_joint_force
    view.get_link_incoming_joint_force = lambda: forces().index_fill(0, torch.tensor([1]), float("inf"))
    assert ants.step(torch.zeros(2, 8))[2]["frozen"].tolist() == [False, True]


def test_a_speed_between_two_physics_steps_counts() -> None:
    # 25 m/s before the first physics step; friction and the flight of five steps leave less than 24.9 at the end.
    ants = make_ants(1, max_speed=24.9)
    ants.env.scene["robot"].view.ants[0].qvel[:3] = [0.0, 0.0, 25.0]
    ants.env.scene.update(0.01)
    obs, _, info = ants.step(torch.zeros(1, 8))
    # 25 - 9.81 * 5 / 60 = 24.18 m/s
    assert ants._features[0, 3:6].norm() < 24.5 and info["frozen"].tolist() == [True]
    assert obs.isfinite().all()


def test_the_wrench_of_before_the_reset_is_not_observed() -> None:
    ants = make_ants(1)
    obs = ants.step(torch.ones(1, 8))[0]
    wrench = [index for index, name in enumerate(FEATURE_NAMES) if name.startswith(("force", "torque"))]
    assert obs[0, wrench].abs().min() > 0 and ants.reset()[0, wrench].tolist() == [0.0] * 24


def test_findings() -> None:
    joints, masses, wrench, features, speed = make_ants(2).findings()
    assert "ours are its [0, 4, 1, 5, 2, 6, 3, 7], and the limits agree" in joints
    assert features.startswith("features: Isaac Lab's 62 agree with ours")
    assert "torso 0.4839 (0.4839)" in masses and masses.endswith("in all 0.9109 (0.9109)")
    # -9.81 * (0.9109 / 4 - 0.0676) N; the other frames are 13 and 25 % off.
    assert "expected -1.571 N: the frame is that of the foot" in wrench
    assert speed.endswith("with 2 ants")


def test_a_wrench_of_the_other_sign_is_found() -> None:
    ants = make_ants(1)
    force = ants.env.scene["robot"].view.get_link_incoming_joint_force
    ants.env.scene["robot"].view.get_link_incoming_joint_force = lambda: -force()
    with pytest.raises(AssertionError, match="neither sign nor frame is known"):
        ants.findings()


def test_other_joint_limits_are_found() -> None:
    ants = make_ants(1)
    ants.env.scene["robot"].data.soft_joint_pos_limits = ants.env.scene["robot"].data.soft_joint_pos_limits * 1.1
    with pytest.raises(AssertionError, match=r"joint front_left_leg turns \[-44"):
        ants.findings()


def test_a_feature_in_another_order_is_found() -> None:
    ants = make_ants(1)
    scatter(ants.env)
    robot = ants.env.scene["robot"]
    robot.find_joints = lambda names, preserve_order: (list(range(8)), fake.JOINTS)
    with pytest.raises(AssertionError, match="feature (position|velocity)_.* of Isaac Lab is off"):
        findings._features(ants.env, GOAL.target)


@pytest.mark.parametrize(("device", "simulator"), [("cpu", "cuda:0"), ("cuda:1", "cuda:1")])
def test_ants_are_made_on_a_fresh_stage_of_a_running_simulator(monkeypatch, device: str, simulator: str) -> None:
    events = []
    monkeypatch.setattr(isaaclab_backend, "require", lambda: events.append("required"))
    monkeypatch.setattr(isaaclab_backend, "_start", lambda device: events.append(f"started on {device}"))
    monkeypatch.setattr("isaaclab.sim.create_new_stage", lambda: events.append("stage"))
    monkeypatch.setattr("isaaclab.envs.ManagerBasedRLEnv", lambda cfg: events.append(cfg.sim.device) or make_env(2))
    monkeypatch.setattr(isaaclab_backend, "IsaacLabAnt", lambda env, *rest: rest)
    assert isaaclab_backend.make_ants(2, empty(), GOAL, 15.0, device)[1:] == (GOAL, 15.0, device)
    assert events == ["required", f"started on {simulator}", "stage", simulator]
