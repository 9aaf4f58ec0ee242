"""SUNRISE: weights at known disagreement, masks by frequency, losses by hand, N agents that keep all are almost SAC."""

import math

import pytest
import torch
from pydantic import ValidationError

from kmyriad.collaborative.batched import sample_tanh_gaussian
from kmyriad.collaborative.learners.learner import Team
from kmyriad.collaborative.learners.sac import Sac
from kmyriad.collaborative.learners.sunrise import Sunrise, confidence
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.arm import CollaborativeSettings, SacSettings, arm_settings
from kmyriad.settings.collaborative.baselines import SunriseSettings

SETTINGS = SacSettings(actor=(8,), critic=(8,), batch=16, learning_rate=1e-2, actor_clip=1e9, critic_clip=1e9)


def made(agents: int = 3, **settings: float) -> Sunrise:
    team = Team(3, 2, agents, SETTINGS, Streams((0, 1)).of("networks"), torch.float64)
    return Sunrise(team, SunriseSettings(**settings))


def test_confidence_is_one_where_all_agree_and_a_half_where_none_do() -> None:
    # std of (0, 2), divided by n, is 1.
    values = torch.tensor([[5.0, 0.0, 0.0], [5.0, 2.0, 2000.0]])
    found = confidence(values, 20.0)
    torch.testing.assert_close(found, torch.tensor([1.0, 0.5 + 1 / (1 + math.exp(20)), 0.5]))
    assert confidence(values, 0.0).tolist() == [1, 1, 1]


def test_a_transition_is_kept_by_half_the_agents_and_at_least_by_one() -> None:
    agent, step = (each.flatten().expand(2, -1) for each in torch.meshgrid(torch.arange(4), torch.arange(5000), indexing="ij"))
    kept = made(2).kept(agent, step)
    assert bool(kept.any(1).all())
    # 1/2, and half of the quarter that nobody would keep: 5/8; standard error .0034
    torch.testing.assert_close(kept.double().mean(-1), torch.full((2, 2), 0.625).double(), rtol=0, atol=0.014)
    # Seeds, agents' data and steps are independent: any two agree as often as two draws, 5/8^2 + 3/8^2.
    expected, by_owner = (5 / 8) ** 2 + (3 / 8) ** 2, kept.unflatten(-1, (4, -1))
    for one, other in ((kept[0], kept[1]), (by_owner[:, :, 0], by_owner[:, :, 1]), (kept[..., 1:], kept[..., :-1])):
        assert abs((one == other).double().mean() - expected) < 0.02


def test_masks_repeat_for_the_seed_and_the_transition() -> None:
    agent, step = torch.zeros(2, 9, dtype=torch.int64), torch.arange(9).expand(2, -1)
    one, other = made(), made()
    assert torch.equal(one.kept(agent, step), other.kept(agent, step))
    assert torch.equal(one.kept(agent, step.flip(1)).flip(2), one.kept(agent, step))
    assert made(keep=1.0).kept(agent, step).all() and bool((made(keep=0.0).kept(agent, step).sum(1) == 1).all())


def test_losses_by_hand(random_batch) -> None:
    sunrise, batch = made(), random_batch(2, 1, 16, 3, 2, 0)
    batch = batch._replace(step=torch.arange(16).expand(2, 1, -1))
    noise = torch.randn(2, 2, 3, 16, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    everybody = [each.expand(-1, 3, -1, -1).flatten(0, 1) for each in (batch.obs, batch.action, batch.next_obs)]
    values, log_prob = sunrise._next_values(everybody[2], noise[0].flatten(0, 1))
    mask = batch.mask.expand(-1, 3, -1).flatten(0, 1)
    reward = batch.reward.expand(-1, 3, -1)
    aim = reward.flatten(0, 1) + 0.99 * mask * (values.amin(1) - log_prob)
    errors = (sunrise._q_values(sunrise.critic, *everybody[:2]) - aim[:, None]).square().detach().view(2, 3, 2, 16)
    kept = sunrise.kept(batch.agent[:, 0], batch.step[:, 0]).double()
    weight = torch.sigmoid(-20 * values.view(2, 6, 16).std(1, correction=0)) + 0.5
    expected = (kept * weight[:, None] * (errors[:, :, 0] + errors[:, :, 1]) / 2).sum(-1) / (kept.sum(-1) + 1)
    surprise = -sample_tanh_gaussian(*sunrise._policies(everybody[0]), noise[1].flatten(0, 1))[1].detach().view(2, 3, 16)
    torch.testing.assert_close(sunrise.update(batch, reward, noise).critic, expected)
    # alpha is 1 before it learns, from the same transitions; Adam's first moment is a tenth of the gradient.
    excess = (kept * (surprise + 0.5 * 2)).sum(-1) / (kept.sum(-1) + 1)
    torch.testing.assert_close(sunrise.state_dict()["temperature.adam.exp_avg.log_alpha"], 0.1 * excess.flatten())


def test_agents_that_keep_all_and_weigh_alike_learn_like_sac(random_batch) -> None:
    sunrise, batch = made(keep=1.0, temperature=0.0), random_batch(2, 1, 16, 3, 2, 0)
    sac = Sac(3, 2, 3, SETTINGS, Streams((0, 1)).of("networks"), torch.float64)
    noise = torch.randn(2, 2, 3, 16, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    reward = batch.reward.expand(-1, 3, -1)
    one, other = (each.update(batch, reward, noise) for each in (sunrise, sac))
    torch.testing.assert_close(one.critic * 17 / 16, other.critic)  # sum / (16 + 1)
    assert torch.equal(one.entropy, other.entropy)


def test_the_arm_and_what_it_needs() -> None:
    settings = arm_settings("sunrise")
    # 5.1: "we always select the first agent for evaluation"
    assert (settings.unroll.how, settings.evaluation.how, settings.agents) == ("ucb", "first", 4)
    assert (settings.sac.actor_reduction, settings.sac.target_entropy) == ("min", -0.5)
    assert (settings.sunrise.keep, settings.sunrise.temperature, settings.reward.used) == (0.5, 20, False)
    with pytest.raises(ValidationError, match=r"learner = sunrise compares agents on one batch.*: set it to true"):
        CollaborativeSettings.model_validate({"learner": "sunrise", "sac": {"shared": False}, "seed_steps": 2000})
