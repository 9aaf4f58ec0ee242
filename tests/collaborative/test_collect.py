"""Eq. 5 by enumeration, and the probabilities of the other ways to act."""

import pytest
import torch

from kmyriad.collaborative.collect import act, choose_by_softmax, farthest
from kmyriad.collaborative.sac import Sac
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative import SacSettings, UnrollSettings

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


def test_ucb_takes_what_the_critics_like(sac: Sac) -> None:
    # Critics that return the first component of the action, and all agree: the largest one drawn is taken.
    for weight, bias in zip(sac.critic.weights, sac.critic.biases, strict=True):
        weight.data.zero_()
        bias.data.zero_()
    sac.critic.weights[0].data[:, 3, 0], sac.critic.biases[0].data[:, :, 0], sac.critic.weights[1].data[:, 0] = 1, 1, 1
    best, own = acted(sac, how="ucb"), acted(sac, how="own")
    assert best[..., 0].mean() > own[..., 0].mean() + 0.3
