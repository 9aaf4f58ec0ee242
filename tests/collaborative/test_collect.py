"""Eq. 5 by enumeration, and the probabilities of the other ways to act."""

import pytest
import torch

from kmyriad.collaborative.collect import act, choose_by_softmax, farthest
from kmyriad.collaborative.learners.sac import Sac
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.arm import SacSettings, UnrollSettings

SMALL = SacSettings(actor=(8,), critic=(8,))


@pytest.mark.parametrize(("agents", "samples", "size"), [(2, 3, 1), (4, 10, 6)])
def test_farthest_is_the_argmax_of_eq_5(agents: int, samples: int, size: int) -> None:
    generator = torch.Generator().manual_seed(agents)
    for _ in range(200):
        drawn = torch.rand(agents, samples, size, generator=generator, dtype=torch.float64) * 2 - 1
        for own in range(agents):
            others = [other for other in range(agents) if other != own]
            pairs = drawn[own][:, None, None] - drawn[others]  # [k, j, h, component]
            best = drawn[own, pairs.square().sum((1, 2, 3)).argmax()]
            assert torch.equal(farthest(drawn[own], drawn[others].flatten(0, 1)), best)


@pytest.fixture
def sac() -> Sac:
    return Sac(3, 2, 3, SMALL, Streams((0, 1)).of("networks"))


def acted(sac: Sac, seeds: tuple[int, ...] = (0, 1), **settings) -> torch.Tensor:
    streams, obs = Streams(seeds), torch.linspace(-1, 1, 2 * 3 * 3).view(2, 3, 3)
    return torch.stack([act(sac, obs, UnrollSettings(**settings), streams) for _ in range(200)])


@pytest.mark.parametrize("how", ["own", "eps_greedy", "ucb", "softmax", "eps_collab"])
def test_every_way_acts_within_bounds_and_by_its_seeds(sac: Sac, how: str) -> None:
    first = acted(sac, how=how)
    assert first.shape == (200, 2, 3, 2) and (first.abs() <= 1).all()
    assert torch.equal(first, acted(sac, how=how))
    assert not torch.equal(first, acted(sac, (2, 3), how=how))


@pytest.mark.parametrize("how", ["eps_greedy", "eps_collab"])
def test_deviations_come_with_probability_epsilon_and_leave_the_rest_alone(sac: Sac, how: str) -> None:
    own = acted(sac, how="own")
    assert torch.equal(acted(sac, how=how, epsilon=0.0), own)
    deviates = (acted(sac, how=how, epsilon=0.25) != own).any(-1)
    assert float(deviates.float().mean()) == pytest.approx(0.25, abs=0.05)  # 4 standard errors of 1200
    assert (acted(sac, how=how, epsilon=1.0) != own).any(-1).all()


def test_own_actions_are_the_policies(sac: Sac) -> None:
    obs = torch.linspace(-1, 1, 2 * 3 * 3).view(2, 3, 3)
    mean, log_std = sac.policies(obs[:, :, None])
    u = acted(sac, how="own").double().clamp(-1 + 1e-9, 1 - 1e-9).atanh()
    score = (u - mean[None, :, :, 0]) / log_std[None, :, :, 0].exp()
    assert (score.mean(0).abs() < 0.4).all() and ((score.std(0) - 1).abs() < 0.3).all()


def test_softmax_frequencies() -> None:
    # Q = (0, log 3): 1/4 and 3/4.
    uniform = torch.rand(100_000, generator=torch.Generator().manual_seed(0))
    chosen = choose_by_softmax(torch.tensor([1.0, 3.0]).log().expand(100_000, 2), uniform)
    assert float(chosen.float().mean()) == pytest.approx(0.75, abs=0.006)


def test_softmax_never_leaves_the_choices() -> None:
    logits = torch.tensor([[0.1, 0.2, 0.3]]).expand(2, 3)
    assert choose_by_softmax(logits, torch.tensor([0.0, 1 - 2**-24])).tolist() == [0, 2]
    assert choose_by_softmax(torch.tensor([[-torch.inf, 0.0]]), torch.zeros(1)).tolist() == [1]


def zeroed(sac: Sac) -> None:
    for parameter in (*sac.actor.parameters(), *sac.critic.parameters()):
        parameter.data.zero_()


@pytest.mark.parametrize(("signs", "ucb"), [((1, 1), 0.0), ((-1, 1), 1.0), ((1, 1), 1.0)])
def test_ucb_takes_what_the_critics_like_or_disagree_about(sac: Sac, signs: tuple[int, int], ucb: float) -> None:
    # Q = +-(a_0 + 2): with equal signs the mean rises with a_0, with opposite ones it is 0 and the standard deviation rises.
    own = acted(sac, how="own")
    zeroed(sac)
    sac.critic.weights[0].data[:, 3, 0], sac.critic.biases[0].data[:, :, 0] = 1, 2
    sac.critic.weights[1].data[:, 0, 0] = torch.tensor(signs * 6).float()
    assert acted(sac, how="ucb", ucb=ucb)[..., 0].mean() > own[..., 0].mean() + 0.3


def test_softmax_trusts_the_smaller_twin(sac: Sac) -> None:
    # Agent n's twins say 100 n and -100 n, so agent 0 is the best; its actions are tanh(0), the others' tanh(1).
    zeroed(sac)
    agent = torch.arange(3.0).repeat(2)
    sac.critic.biases[1].data[:, 0, 0] = torch.stack([100 * agent, -100 * agent], 1).flatten()
    sac.actor.biases[1].data[:, 0, :2] = (agent > 0).float()[:, None]
    sac.actor.biases[1].data[:, 0, 2:] = -9  # hardly any noise
    assert acted(sac, how="softmax").abs().max() < 0.01


def test_eps_collab_asks_the_others_what_they_would_do_here(sac: Sac) -> None:
    # All agents have the same policy, u = the observation's first feature and some noise: at any place none is far from the
    # others, so the actions chosen lie on both sides. Elsewhere they would be, and all actions would flee in one direction.
    zeroed(sac)
    sac.actor.weights[0].data[:, 0, 0], sac.actor.biases[0].data[:, :, 0] = 1, 1
    sac.actor.weights[1].data[:, 0, :2], sac.actor.biases[1].data[:, :, :2] = 1, -1
    sac.actor.biases[1].data[:, :, 2:] = -3
    u = acted(sac, how="eps_collab", epsilon=1.0).atanh()
    shift = (u - torch.linspace(-1, 1, 18).view(2, 3, 3)[..., :1]).mean((0, 1, 3))
    assert (shift.abs() < 0.2 * torch.tensor(-3.0).exp()).all()
