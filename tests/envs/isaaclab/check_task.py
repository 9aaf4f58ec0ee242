"""The task's terms, on Isaac Lab's own managers."""

from ants import GOAL, expected, make_env, scatter  # isort: skip  it brings the stubs
import fake
import pytest
import torch
from isaaclab.managers import ObservationManager

from kmyriad.envs.ant.observations import FEATURE_NAMES, JOINTS
from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.ant.terrains import empty
from kmyriad.envs.isaaclab.environment import configure

TERMS = {
    "position_xy": 2,
    "height": 1,
    "velocity": 3,
    "angular_velocity": 3,
    "yaw_roll": 2,
    "angle_to_target": 1,
    "up_projection": 1,
    "heading_projection": 1,
    "joint_positions": 8,
    "joint_velocities": 8,
    "feet_wrench": 24,
    "previous_action": 8,
}
"""Facts of the paper's task: 62 in this order."""


def compare(manager: ObservationManager, ours: torch.Tensor) -> None:
    """Term by term."""
    found, start = manager.compute()["policy"], 0
    for name, (size,) in zip(manager.active_terms["policy"], manager.group_obs_term_dim["policy"], strict=True):
        columns = slice(start, start + size)
        torch.testing.assert_close(
            found[:, columns], ours[:, columns], rtol=0, atol=1e-5, msg=lambda text, name=name: f"{name}: {text}"
        )
        start += size


@pytest.mark.parametrize("target", [(1000.0, 0.0), (-3.0, 4.0)])
def test_observations_are_ours_term_by_term(target) -> None:
    env = make_env(50, task=GoalTask(None if target[0] == 1000 else target))
    actions = scatter(env)
    compare(env.observation_manager, expected(env, actions, target))


def test_terms_and_their_order() -> None:
    manager = make_env().observation_manager
    sizes = [size for (size,) in manager.group_obs_term_dim["policy"]]
    assert dict(zip(manager.active_terms["policy"], sizes, strict=True)) == TERMS
    assert list(TERMS) == manager.active_terms["policy"]
    assert manager.group_obs_dim["policy"] == (62,) == (len(FEATURE_NAMES),)


def test_a_wrong_order_of_terms_is_caught() -> None:
    env = make_env(5)
    actions = scatter(env)
    policy = env.cfg.observations.policy
    policy.velocity, policy.angular_velocity = policy.angular_velocity, policy.velocity
    with pytest.raises(AssertionError, match="velocity: "):
        compare(ObservationManager(env.cfg.observations, env), expected(env, actions, GOAL.target))


@pytest.mark.parametrize("term", ["joint_positions", "joint_velocities"])
def test_joints_in_the_order_of_physx_are_caught(term: str) -> None:
    env = make_env(5)
    actions = scatter(env)
    cfg = configure(5, empty(), GOAL, "cpu").observations
    getattr(cfg.policy, term).params["asset_cfg"].preserve_order = False
    with pytest.raises(AssertionError, match=f"{term}: "):
        compare(ObservationManager(cfg, env), expected(env, actions, GOAL.target))


@pytest.mark.parametrize("index", range(8))
def test_each_action_turns_the_joint_of_our_name(index: int) -> None:
    env = make_env(1)
    env.action_manager.process_action(torch.nn.functional.one_hot(torch.tensor([index]), 8).float())
    env.action_manager.apply_action()
    effort = dict(zip(fake.OURS, env.scene["robot"].view.effort[0].tolist(), strict=True))
    assert effort == {name: 7.5 if name == JOINTS[index] else 0.0 for name in JOINTS}


def test_actions_are_not_clipped() -> None:
    env = make_env(1)
    env.action_manager.process_action(torch.full((1, 8), -3.0))
    env.action_manager.apply_action()
    assert env.scene["robot"].view.effort.tolist() == [[-22.5] * 8]


def test_reward_is_that_of_the_goal_task() -> None:
    env = make_env(50, task=GoalTask((0.5, 0.0)))
    scatter(env)
    ours = GoalTask((0.5, 0.0)).reward(env.scene["robot"].data.root_pos_w[:, :2])
    assert 0 < ours.sum() < 50
    torch.testing.assert_close(env.reward_manager.compute(dt=env.step_dt), ours)


def test_without_a_goal_the_reward_is_0() -> None:
    env = make_env(50, task=GoalTask())
    scatter(env)
    assert env.reward_manager.compute(dt=env.step_dt).tolist() == [0.0] * 50


def test_episodes_end_at_600_steps_and_never_before() -> None:
    env = make_env(4)
    scatter(env)  # low, high, upside down
    env.episode_length_buf[:] = torch.tensor([0, 599, 600, 601])
    assert env.max_episode_length == 600
    assert env.termination_manager.compute().tolist() == [False, False, True, True]
    assert env.termination_manager.active_terms == ["time_out"]
    assert not env.termination_manager.terminated.any()


def test_settings_are_those_of_the_appendix() -> None:
    cfg = configure(1000, empty(), GOAL, "cuda:0")
    assert (cfg.sim.dt, cfg.decimation, cfg.episode_length_s) == (1 / 60, 5, 50.0)
    assert (cfg.scene.num_envs, cfg.scene.env_spacing, cfg.scene.terrain.env_spacing) == (1000, 0.0, 0.0)
    assert cfg.sim.physx.bounce_threshold_velocity == 0.2
    for material in (cfg.sim.physics_material, cfg.scene.terrain.physics_material):
        assert (material.static_friction, material.dynamic_friction, material.restitution) == (1.0, 1.0, 0.0)
    body = cfg.scene.robot.spawn
    assert body.articulation_props.enabled_self_collisions is False
    iterations = body.articulation_props.solver_position_iteration_count, body.articulation_props.solver_velocity_iteration_count
    assert (cfg.sim.physx.solver_type, *iterations) == (1, 4, 0)
    assert cfg.sim.device == "cuda:0"
    assert cfg.seed is None  # or Isaac Lab would set the global seeds of torch and NumPy


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"decimatoin": 5}, KeyError),
        ({"sim": {"dtt": 0.01}}, KeyError),
        ({"sim": {"physx": {"bounce": 0.2}}}, KeyError),
        ({"observations": {"policy": {"speed": {"scale": 1.0}}}}, KeyError),
        ({"decimation": "five"}, ValueError),
    ],
)
def test_misspelt_settings_are_refused(settings, error) -> None:
    with pytest.raises(error):
        configure(2, empty(), GOAL, "cpu", settings=settings)


def test_settings_reach_the_configuration() -> None:
    assert configure(2, empty(), GOAL, "cpu", settings={"sim": {"dt": 0.01}}).sim.dt == 0.01
