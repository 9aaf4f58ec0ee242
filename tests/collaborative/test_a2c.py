"""A2C: returns, losses and normalisation by hand, rollouts in order, a bandit. Beside another one: test_a2c_peer.py."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch.distributions import Normal

from kmyriad.collaborative.algorithms import make_learner
from kmyriad.collaborative.learners.a2c import A2c, bootstrapped, log_likelihood
from kmyriad.collaborative.learners.learner import Team
from kmyriad.collaborative.replay import Batch
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Space
from kmyriad.settings.collaborative.arm import CollaborativeSettings, SacSettings, arm_settings
from kmyriad.settings.collaborative.baselines import A2cSettings

SETTINGS = SacSettings(actor=(8,), critic=(8,))


def made(obs_dim: int = 3, action_dim: int = 2, **settings: float) -> A2c:
    team = Team(obs_dim, action_dim, 2, SETTINGS, Streams((0, 1)).of("networks"), torch.float64)
    return A2c(team, A2cSettings(**settings))


def test_returns_by_hand() -> None:
    reward, mask = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([1.0, 1.0, 0.0, 1.0])
    ended, values = torch.tensor([False, True, True, True]), torch.tensor([10.0, 20.0, 30.0, 40.0])
    # 4 + 40 / 2; 3, terminated; 2 + 20 / 2, a time limit; 1 + 12 / 2, whatever V(s'_0) is
    assert bootstrapped(reward, mask, ended, values, 0.5).tolist() == [7, 12, 3, 24]
    # Without ends: 4 + 20, 3 + 12, 2 + 7.5, 1 + 4.75
    assert bootstrapped(reward, torch.ones(4), ended & False, values, 0.5).tolist() == [5.75, 9.5, 15, 24]


def test_it_learns_from_the_latest_steps_in_order(counting_replay, streams: Streams) -> None:
    replay = counting_replay(2, 2, 20, 33, ends=lambda agent, time: agent == 1 and time == 29)
    batch = made().draw(replay, streams)
    assert batch.obs[..., 2].long().tolist() == [[list(range(28, 33))] * 2] * 2
    assert batch.obs[..., 1].long().tolist() == [[[0] * 5, [1] * 5]] * 2
    assert batch.begin.tolist() == [[[0] * 5, [0, 0, 30, 30, 30]]] * 2
    with pytest.raises(ValueError, match="does not say when its episodes began: take that of draw"):
        made().update(batch._replace(begin=batch.begin[:0]), batch.reward, None)


def rollout(random_batch, length: int = 5, obs_dim: int = 3, action_dim: int = 2, lag: int = 2):
    """Steps lag, lag + 1, ...; an episode begins with the fourth of them, the one before with step 0."""
    batch = random_batch(2, 2, length, obs_dim, action_dim, 0)
    begin = torch.where(torch.arange(length) >= 3, lag + 3, 0)
    return batch._replace(step=(lag + torch.arange(length)).expand(2, 2, -1), begin=begin.expand(2, 2, -1))


def test_losses_by_hand(random_batch) -> None:
    a2c, batch = made(entropy=0.3), rollout(random_batch)
    values, after = (a2c.critic(states.flatten(1, 2)).view(2, 2, 5).detach() for states in (batch.obs, batch.next_obs))
    ended = torch.tensor([False, False, True, False, True])
    # Sums of rewards so far, from 0: the first is the reward itself, that of the new episode too.
    sums = [batch.reward[..., 0]]
    for time in range(1, 5):
        sums.append(batch.reward[..., time] + (0 if time == 3 else 0.99 * sums[-1]))
    reward = batch.reward / torch.stack(sums).transpose(0, 1).flatten(2).flatten(1).std(1, correction=0)[:, None, None]
    returns = bootstrapped(reward, batch.mask, ended, after, 0.99)
    mean, log_std = (each.detach() for each in a2c.policies(batch.obs))
    normal = Normal(mean, log_std.exp())
    log_prob = normal.log_prob(batch.action).sum(-1)
    actor = -((returns - values) * log_prob).mean((1, 2)) - 0.3 * normal.entropy().sum(-1).mean((1, 2))
    found = a2c.update(batch, batch.reward, None)
    torch.testing.assert_close(found.critic, (returns - values).square().mean((1, 2))[:, None].expand(-1, 2))
    torch.testing.assert_close(found.actor, actor[:, None].expand(-1, 2))
    torch.testing.assert_close(found.entropy, -log_prob.mean((1, 2))[:, None].expand(-1, 2))
    assert bool(found.temperature.isnan().all())


def test_running_moments_are_those_of_all_that_was_learned_from(random_batch) -> None:
    a2c, batches = made(), [rollout(random_batch, lag=lag) for lag in (0, 5, 10)]
    batches = [each._replace(obs=each.obs + 7 * lag, reward=each.reward + lag) for lag, each in enumerate(batches)]
    for batch in batches:
        a2c.update(batch, batch.reward, None)
    obs = torch.cat([batch.obs for batch in batches], 2)[1].flatten(0, 1).numpy()
    rewards, begun = (
        torch.cat(each, -1)[1].numpy() for each in zip(*((b.reward, b.begin == b.step) for b in batches), strict=True)
    )
    sums, running = [], np.zeros(2)
    for time in range(15):
        running = rewards[:, time] + 0.99 * np.where(begun[:, time], 0, running)
        sums.append(running)
    state = a2c.state_dict()
    np.testing.assert_allclose(state["actor.states.mean"][1], obs.mean(0), rtol=1e-12)
    np.testing.assert_allclose(state["actor.states.variance"][1], obs.var(0), rtol=1e-12)
    np.testing.assert_allclose(state["sums.variance"][1], np.var(sums), rtol=1e-12)


def test_evaluation_and_acting_change_no_moments(random_batch, streams: Streams) -> None:
    a2c, batch = made(), rollout(random_batch)
    a2c.update(batch, batch.reward, None)
    before = {name: value.clone() for name, value in a2c.state_dict().items()}
    a2c.perform(batch.obs, streams), a2c.explore(batch.obs[:, :, 0], streams)
    assert all(torch.equal(value, before[name]) for name, value in a2c.state_dict().items())


def test_far_observations_are_clipped(random_batch) -> None:
    a2c, batch = made(), rollout(random_batch)
    a2c.update(batch, batch.reward, None)
    far, farther = (a2c.policies(torch.full_like(batch.obs, value))[0] for value in (1e4, 1e5))
    assert torch.equal(far, farther)


@pytest.mark.slow(2)
def test_it_learns_which_action_pays() -> None:
    a2c, generator = made(1, 1, rollout=64, learning_rate=1e-2), torch.Generator().manual_seed(0)
    obs = torch.ones(2, 2, 64, 1, dtype=torch.float64)
    zeros, step = torch.zeros(2, 2, 64, dtype=torch.float64), torch.arange(64).expand(2, 2, -1)
    for _ in range(200):
        mean, log_std = a2c.policies(obs)
        noise = torch.randn(mean.shape, generator=generator, dtype=torch.float64)
        action = a2c.bounded(mean + log_std.exp() * noise).detach()
        reward = -(action[..., 0] - 0.5).square()
        batch = Batch(obs, action, reward, zeros, obs, zeros.long(), step, step)
        a2c.update(batch, reward, None)
    torch.testing.assert_close(a2c.policies(obs)[0][:, 0, 0, 0], torch.full((2,), 0.5).double(), rtol=0, atol=0.15)


def test_agents_are_environments_of_one_policy() -> None:
    a2c, obs = made(), torch.randn(2, 1, 4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mean, _ = a2c.policies(obs.expand(-1, 2, -1, -1))
    assert torch.equal(mean[:, 0], mean[:, 1]) and not torch.equal(mean[0], mean[1])
    with pytest.raises(NotImplementedError, match=r"A2C has no Q\(s, a\)"):
        a2c.q_values(obs, obs)


def test_an_action_at_a_bound_is_an_event() -> None:
    mean, log_std = torch.tensor([[1.5, 0.3]], dtype=torch.float64), torch.tensor([[0.5, -1.0]], dtype=torch.float64)
    found = log_likelihood(mean, log_std, torch.tensor([[1.0, 0.5]], dtype=torch.float64))
    tail = 1 - Normal(mean[0, 0], log_std[0, 0].exp()).cdf(torch.tensor(1.0))
    inside = Normal(mean[0, 1], log_std[0, 1].exp()).log_prob(torch.tensor(0.5))
    torch.testing.assert_close(found, (tail.log() + inside)[None], check_dtype=False)
    torch.testing.assert_close(log_likelihood(-mean, log_std, torch.tensor([[-1.0, -0.5]], dtype=torch.float64)), found)


def test_its_probabilities_sum_to_one() -> None:
    mean, log_std = torch.full((40_001, 1), 0.4).double(), torch.zeros(40_001, 1).double()
    action = torch.linspace(-1, 1, 40_001).double()
    density = log_likelihood(mean[1:-1], log_std[1:-1], action[1:-1, None]).exp()
    ends = log_likelihood(mean[:2], log_std[:2], torch.tensor([[-1.0], [1.0]]).double()).exp().sum()
    assert (torch.trapezoid(density, action[1:-1]) + ends).item() == pytest.approx(1, abs=1e-4)


def test_its_gradient_is_that_of_the_draws_before_clipping() -> None:
    # E f(clip(u)) grad log pi of both, by quadrature over u; f is the advantage.
    mean, log_std = (torch.tensor([value], dtype=torch.float64, requires_grad=True) for value in (0.7, -0.2))
    u = torch.linspace(-8, 8, 400_001, dtype=torch.float64)[:, None]
    weight = Normal(mean, log_std.exp()).log_prob(u).exp().detach()[:, 0] * (u.clamp(-1, 1).square() - u.clamp(-1, 1))[:, 0]
    clipped = (weight * log_likelihood(mean, log_std, u.clamp(-1, 1))).sum()
    plain = (weight * Normal(mean, log_std.exp()).log_prob(u)[:, 0]).sum()
    for one, other in zip(*(torch.autograd.grad(loss, (mean, log_std)) for loss in (clipped, plain)), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=0)


def test_a_mean_far_out_is_not_driven_further() -> None:
    mean = torch.tensor([[30.0]], requires_grad=True)
    log_likelihood(mean, torch.tensor([[-5.0]]), torch.ones(1, 1)).sum().backward()
    assert mean.grad.item() == 0


def test_its_deviations_are_bounded(random_batch) -> None:
    a2c, batch = made(log_std_range=(0.5, 0.75)), rollout(random_batch)
    a2c.update(batch, batch.reward, None)
    assert bool((a2c.policies(batch.obs)[1] == 0.5).all())


def test_the_arm_and_what_it_needs() -> None:
    settings = arm_settings("a2c")
    assert (settings.times * settings.env_steps, settings.blocks) == (10**7, 2000)
    # One update in 5 steps of 4 agents, the first one 20 steps after the random ones, whatever updates_per_step says.
    a2c = make_learner(Space(3, 2), settings, Streams((0,)))
    assert [done for done in range(10_000, 10_060, 4) if a2c.updates_due(done, 1.0)] == [10_016, 10_036, 10_056]
    with pytest.raises(ValidationError, match="learner = a2c is one policy without Q"):
        CollaborativeSettings.model_validate({"learner": "a2c", "unroll": {"how": "ucb"}})
    with pytest.raises(ValidationError, match=r"agents \* a2c.rollout = 20 does not divide seed_steps = 10001: take 10000"):
        CollaborativeSettings.model_validate({"learner": "a2c", "seed_steps": 10_001})
