"""A parallel trajectory holds what happened, each number at its step, environment and head."""

import pytest
import torch

from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import Trajectory, collect, sound_environments

ENVS, STEPS, HEADS = 4, 6, 2


class Point:
    """Points that move by their actions: x' = x + a, y' = y + 2 b, n' = n + 1; copy i earns i n'."""

    num_envs, obs_dim, action_dim, feature_names, device = ENVS, 3, 2, ("x", "y", "n"), "cpu"

    def __init__(self, freeze_at: int = 1000) -> None:
        self.freeze_at, self.seeds, self.actions = freeze_at, [], []

    def reset(self, seed: int | None = None) -> torch.Tensor:
        self.seeds.append(seed)
        self.obs = torch.zeros(ENVS, 3)
        return self.obs

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        self.actions.append(actions)
        self.obs = self.obs + torch.cat([actions * torch.tensor([1.0, 2.0]), torch.ones(ENVS, 1)], 1)
        step = self.obs[:, 2]
        frozen = (step >= self.freeze_at) & (torch.arange(ENVS) == 2)
        return self.obs, step * torch.arange(ENVS), {"frozen": frozen}

    def close(self) -> None:
        pass


def policy() -> MultiHeadPolicy:
    return MultiHeadPolicy(3, 2, HEADS, trunk=(8,), adapter=4, seed=1)


def collected(env: Point, seed: int | None = 7, into: Trajectory | None = None, draws: int = 0) -> Trajectory:
    into = into or Trajectory.empty(STEPS, ENVS, 3, 2)
    return collect(env, policy(), into, torch.Generator().manual_seed(draws), seed)


def test_an_observation_is_the_state_that_the_action_before_it_reached() -> None:
    # x and y move by tanh(u) and 2 tanh(u), from 0.
    trajectory = collected(Point())
    assert not trajectory.obs[0].any()
    moves = trajectory.obs[1:, :, :2] - trajectory.obs[:-1, :, :2]
    torch.testing.assert_close(moves, trajectory.u.tanh() * torch.tensor([1.0, 2.0]), rtol=0, atol=1e-5)
    assert torch.equal(trajectory.obs[:, 0, 2], torch.arange(7.0))


def test_rewards_stand_at_the_step_that_earned_them() -> None:
    # Step t makes n = t + 1, copy i earns i (t + 1).
    assert collected(Point()).reward.tolist() == [[0, n, 2 * n, 3 * n] for n in range(1, STEPS + 1)]


def test_the_environment_gets_the_squashed_actions() -> None:
    env = Point()
    trajectory = collected(env)
    assert torch.equal(torch.stack(env.actions), trajectory.u.tanh())


def test_each_action_is_drawn_from_the_policy_at_its_own_observation() -> None:
    trajectory, generator = collected(Point(), draws=3), torch.Generator().manual_seed(3)
    for t in range(STEPS):
        mean, log_std = policy()(trajectory.obs[t])
        noise = torch.randn(ENVS, 2, generator=generator)
        torch.testing.assert_close(trajectory.u[t], mean + log_std.exp() * noise)


@pytest.mark.parametrize(("env", "head"), [(0, 0), (1, 0), (2, 1), (3, 1)])
def test_heads_act_in_consecutive_blocks(env: int, head: int) -> None:
    # With the noise that was drawn, u is what this head makes of the observation, not what the other does.
    trajectory, generator = collected(Point(), draws=3), torch.Generator().manual_seed(3)
    noise = torch.stack([torch.randn(ENVS, 2, generator=generator) for _ in range(STEPS)])[:, env]
    for each, agrees in ((head, True), (1 - head, False)):
        mean, log_std = policy().select_head(each)(trajectory.obs[:-1, env])
        assert torch.isclose(mean + log_std.exp() * noise, trajectory.u[:, env], rtol=1e-4).all() == agrees


@pytest.mark.parametrize("seed", [None, 0, 41])
def test_the_environment_is_reset_once_with_the_seed(seed: int | None) -> None:
    env = Point()
    collected(env, seed)
    assert env.seeds == [seed]


def test_frozen_environments_are_flagged() -> None:
    assert collected(Point(freeze_at=4)).frozen.tolist() == [False, False, True, False]
    assert not collected(Point()).frozen.any()


def test_a_trajectory_is_filled_again() -> None:
    fresh = collected(Point(), draws=1)
    used = Trajectory.empty(STEPS, ENVS, 3, 2)
    for freeze_at, draws in ((2, 0), (1000, 1)):
        assert collected(Point(freeze_at), into=used, draws=draws) is used
    for name in ("obs", "u", "reward", "frozen"):
        assert torch.equal(getattr(used, name), getattr(fresh, name))


def test_the_generator_decides() -> None:
    one, same, other = (collected(Point(), draws=draws).obs for draws in (5, 5, 6))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_particles_are_the_reached_states() -> None:
    trajectory = collected(Point())
    assert trajectory.horizon == STEPS
    # y and x, in that order, of the states after each action.
    particles = trajectory.particles([1, 0])
    assert particles.shape == (STEPS, ENVS, 2)
    assert torch.equal(particles[..., 0], trajectory.obs[1:, :, 1])
    assert torch.equal(particles[..., 1], trajectory.obs[1:, :, 0])


def test_shapes() -> None:
    trajectory = Trajectory.empty(STEPS, ENVS, 3, 2)
    shapes = [tuple(getattr(trajectory, name).shape) for name in ("obs", "u", "reward", "frozen")]
    assert shapes == [(7, 4, 3), (6, 4, 2), (6, 4), (4,)]
    assert trajectory.frozen.dtype == torch.bool


def test_sound_environments_are_as_many_for_each_head() -> None:
    frozen = torch.tensor([False, True, False, False, False, False])
    assert sound_environments(frozen, 2).tolist() == [0, 2, 3, 4]
    assert sound_environments(frozen, 1).tolist() == [0, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="all environments of head 1 failed"):
        sound_environments(torch.tensor([False] * 3 + [True] * 3), 2)


def test_a_deterministic_policy_takes_its_means() -> None:
    into, made = Trajectory.empty(STEPS, ENVS, 3, 2), policy()
    collect(Point(), made, into, torch.Generator().manual_seed(0), 7, deterministic=True)
    torch.testing.assert_close(into.u, made(into.obs[:-1])[0].detach())
