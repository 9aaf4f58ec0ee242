"""A2C: returns and losses by hand, rollouts in order, a bandit."""

import math

import pytest
import torch
from pydantic import ValidationError
from torch.distributions import Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform

from kmyriad.collaborative.algorithms import make_learner
from kmyriad.collaborative.learners.a2c import SATURATED, A2c, bootstrapped, log_likelihood
from kmyriad.collaborative.learners.learner import Team
from kmyriad.collaborative.replay import Batch
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Space
from kmyriad.settings.collaborative.arm import CollaborativeSettings, SacSettings, arm_settings
from kmyriad.settings.collaborative.baselines import A2cSettings

SETTINGS = SacSettings(actor=(8,), critic=(8,), learning_rate=1e-2)


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


def rollout(random_batch, length: int = 5, obs_dim: int = 3, action_dim: int = 2):
    batch = random_batch(2, 2, length, obs_dim, action_dim, 0)
    return batch._replace(begin=(torch.arange(length) >= 3).long().expand(2, 2, -1))


def test_losses_by_hand(random_batch) -> None:
    a2c, batch = made(entropy=0.3), rollout(random_batch)
    values, after = (a2c.critic(states.flatten(1, 2)).view(2, 2, 5).detach() for states in (batch.obs, batch.next_obs))
    ended = torch.tensor([False, False, True, False, True])
    returns = bootstrapped(batch.reward, batch.mask, ended, after, 0.99)
    mean, log_std = (each.detach() for each in a2c.policies(batch.obs))
    normal = Normal(mean, log_std.exp())
    log_prob = TransformedDistribution(normal, TanhTransform()).log_prob(batch.action).sum(-1)
    actor = -((returns - values) * log_prob).mean((1, 2)) - 0.3 * normal.entropy().sum(-1).mean((1, 2))
    found = a2c.update(batch, batch.reward, None)
    torch.testing.assert_close(found.critic, (returns - values).square().mean((1, 2))[:, None].expand(-1, 2))
    torch.testing.assert_close(found.actor, actor[:, None].expand(-1, 2))
    torch.testing.assert_close(found.entropy, -log_prob.mean((1, 2))[:, None].expand(-1, 2))
    assert bool(found.temperature.isnan().all())


@pytest.mark.slow(2)
def test_it_learns_which_action_pays() -> None:
    a2c, generator = made(1, 1, rollout=64), torch.Generator().manual_seed(0)
    obs = torch.ones(2, 2, 64, 1, dtype=torch.float64)
    zeros = torch.zeros(2, 2, 64, dtype=torch.float64)
    for _ in range(200):
        mean, log_std = a2c.policies(obs)
        noise = torch.randn(mean.shape, generator=generator, dtype=torch.float64)
        action = (mean + log_std.exp() * noise).tanh().detach()
        reward = -(action[..., 0] - 0.5).square()
        batch = Batch(obs, action, reward, zeros, obs, zeros.long(), zeros.long(), zeros.long())
        a2c.update(batch, reward, None)
    torch.testing.assert_close(a2c.policies(obs)[0][:, 0, 0, 0].tanh(), torch.full((2,), 0.5).double(), rtol=0, atol=0.15)


def test_agents_are_environments_of_one_policy() -> None:
    a2c, obs = made(), torch.randn(2, 1, 4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mean, _ = a2c.policies(obs.expand(-1, 2, -1, -1))
    assert torch.equal(mean[:, 0], mean[:, 1]) and not torch.equal(mean[0], mean[1])
    with pytest.raises(NotImplementedError, match=r"A2C has no Q\(s, a\)"):
        a2c.q_values(obs, obs)


def test_a_saturated_action_is_an_event() -> None:
    mean, log_std = torch.tensor([[6.0, 0.3]], dtype=torch.float64), torch.tensor([[0.5, -1.0]], dtype=torch.float64)
    mean.requires_grad_()
    found = log_likelihood(mean, log_std, torch.tensor([[1.0, 0.5]], dtype=torch.float64))
    tail = 1 - Normal(mean[0, 0], log_std[0, 0].exp()).cdf(torch.tensor(math.atanh(SATURATED)))
    inside = TransformedDistribution(Normal(mean[0, 1], log_std[0, 1].exp()), TanhTransform()).log_prob(torch.tensor(0.5))
    torch.testing.assert_close(found, (tail.log() + inside)[None], check_dtype=False)
    torch.testing.assert_close(log_likelihood(-mean, log_std, torch.tensor([[-1.0, -0.5]], dtype=torch.float64)), found)


def test_its_probabilities_sum_to_one() -> None:
    mean, log_std = torch.full((40_001, 1), 4.0), torch.zeros(40_001, 1)
    u = torch.linspace(-math.atanh(SATURATED), math.atanh(SATURATED), 40_001)[:, None].double()
    density = log_likelihood(mean, log_std, u.tanh()).exp() * (1 - u[:, 0].tanh() ** 2)
    ends = log_likelihood(mean[:2], log_std[:2], torch.tensor([[-1.0], [1.0]])).exp().sum()
    assert (torch.trapezoid(density, u[:, 0]) + ends).item() == pytest.approx(1, abs=1e-4)


def test_a_mean_far_out_is_not_driven_further() -> None:
    mean = torch.tensor([[30.0]], requires_grad=True)
    log_likelihood(mean, torch.tensor([[-5.0]]), torch.ones(1, 1)).sum().backward()
    assert mean.grad.item() == 0


def test_its_deviations_are_bounded() -> None:
    team = Team(3, 2, 2, SETTINGS, Streams((0, 1)).of("networks"), torch.float64)
    _, log_std = A2c(team, A2cSettings(log_std_range=(0.5, 0.75))).policies(torch.zeros(2, 2, 4, 3, dtype=torch.float64))
    assert log_std.amin() >= 0.5 and log_std.amax() <= 0.75


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
