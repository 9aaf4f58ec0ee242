"""KL against Monte Carlo of tanh policies, MINE against the information of correlated Gaussians, and whose states count."""

import math

import pytest
import torch

from kmyriad.collaborative.batched import sample_tanh_gaussian
from kmyriad.collaborative.diversity import diversity, donsker_varadhan, gaussian_kl, mean_divergence, mutual_information, visited
from kmyriad.collaborative.learners.sac import Sac
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.by_name import make_pool
from kmyriad.collaborative.tasks.pool import Step
from kmyriad.settings.collaborative.arm import SacSettings
from kmyriad.settings.collaborative.baselines import MineSettings

QUICK = MineSettings(widths=(32, 32), batch=256, updates=600, learning_rate=3e-3)


def test_kl_by_hand() -> None:
    zero, one = torch.zeros(1), torch.ones(1)
    # N(0, 1) || N(1, e^2): 1 + (1 + 1) / (2 e^2) - 1/2
    torch.testing.assert_close(gaussian_kl(zero, zero, one, one), torch.tensor(0.5 + math.exp(-2)))
    assert gaussian_kl(one, one, one, one) == 0


def test_kl_is_that_of_tanh_policies() -> None:
    mean, log_std = torch.tensor([[0.3, -0.5], [0.0, 0.4]]).double(), torch.tensor([[-0.5, 0.1], [-0.2, 0.3]]).double()
    noise = torch.randn(200_000, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    _, own = sample_tanh_gaussian(mean[0], log_std[0], noise)
    u = mean[0] + log_std[0].exp() * noise
    _, other = sample_tanh_gaussian(mean[1], log_std[1], (u - mean[1]) / log_std[1].exp())
    sampled = own - other
    expected, error = sampled.mean(), sampled.std() / len(sampled) ** 0.5
    found = gaussian_kl(mean[0], log_std[0], mean[1], log_std[1])
    assert abs(found - expected) < 4 * error < 0.02


def test_divergence_is_the_mean_over_ordered_pairs() -> None:
    generator = torch.Generator().manual_seed(0)
    mean, log_std = (torch.randn(2, 3, 4, 2, generator=generator) for _ in range(2))
    pairs = [gaussian_kl(mean[:, i], log_std[:, i], mean[:, j], log_std[:, j]) for i in range(3) for j in range(3) if i != j]
    torch.testing.assert_close(mean_divergence(mean, log_std), torch.stack(pairs, 1).mean((1, 2)))
    with pytest.raises(ValueError, match="a divergence takes two policies, got 1"):
        mean_divergence(mean[:, :1], log_std[:, :1])


def test_the_bound_by_hand() -> None:
    # 1 - log((1 + 3) / 2)
    found = donsker_varadhan(torch.tensor([0.0, 2.0]), torch.tensor([0.0, math.log(3)]))
    torch.testing.assert_close(found, torch.tensor(1 - math.log(2)))


def gaussians(rho: float, streams: Streams, number: int = 20_000) -> tuple[torch.Tensor, torch.Tensor]:
    x, noise = streams.normal("noise", 2, 1, number, 1).unbind(1)
    return 5 + 10 * x, rho * x + math.sqrt(1 - rho**2) * noise


@pytest.mark.slow(4)
def test_mine_finds_the_information_of_correlated_gaussians() -> None:
    streams = Streams((0, 1))
    sets = [gaussians(rho, streams) for rho in (0.0, 0.5, 0.9)]
    x, y = (torch.cat(each, 1) for each in zip(*sets, strict=True))
    found = mutual_information(x, y, QUICK, streams)
    # -log(1 - rho^2) / 2 = 0, .144, .830
    expected = torch.tensor([-0.5 * math.log(1 - rho**2) for rho in (0.0, 0.5, 0.9)])
    torch.testing.assert_close(found, expected.expand(2, 3), rtol=0, atol=0.05)


def test_mine_is_determined_by_its_seeds() -> None:
    settings = QUICK.model_copy(update={"updates": 5})
    found = []
    for _ in range(2):
        streams = Streams((0, 1))
        found.append(mutual_information(*gaussians(0.5, streams, 100), settings, streams))
    assert torch.equal(*found)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [((1, 1, 9, 2), (1, 1, 8, 2), r"must be \[G, sets, n, .\]"), ((1, 1, 3, 2), (1, 1, 3, 2), "3 pairs leave less than two")],
)
def test_pairs_that_do_not_fit(x: tuple[int, ...], y: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mutual_information(torch.zeros(x), torch.zeros(y), QUICK, Streams((0,)))


def agents(number: int = 2) -> Sac:
    return Sac(2, 2, number, SacSettings(actor=(8,), critic=(8,)), Streams((0, 1)).of("networks"))


@pytest.mark.slow(4)
def test_agents_that_are_one_have_no_divergence_and_the_mixtures_information() -> None:
    sac, streams = agents(), Streams((0, 1))
    for weight in sac.actor.parameters():
        weight.data[1::2] = weight.data[::2]
    states = 3 * streams.normal("noise", 6000, 2)
    found = diversity(sac, states, QUICK, streams)
    assert found.divergence.tolist() == [0, 0] and found.information.shape == (2, 2)
    torch.testing.assert_close(found.mixture[:, None].expand(-1, 2), found.information, rtol=0.2, atol=0)
    assert bool((found.information > 0.05).all())


def test_states_of_all_agents_are_mixed() -> None:
    sac, pool = agents(), make_pool("maze", 4)
    states, returns = visited(sac, pool, (5, 6), 2, Streams((5, 6)))
    assert states.shape[::2] == (2, pool.obs_dim) and returns.shape == (2, 2)
    again, _ = visited(sac, make_pool("maze", 4), (5, 6), 2, Streams((5, 6)))
    assert torch.equal(states, again)


class Lengths:
    """Copy i's episodes last i + 1 steps and pay 1 a step; its state is (i, steps so far)."""

    def reset(self, seed_of):
        self.time = torch.zeros(4)
        return self._obs()

    def step(self, actions):
        self.time += 1
        ended = self.time > torch.arange(4)
        self.time[ended] = 0
        return Step(self._obs(), torch.ones(4), torch.ones(4), ended, self._obs())

    def _obs(self):
        return torch.stack([torch.arange(4.0), self.time], 1)


def test_each_agent_plays_its_episodes_and_no_more() -> None:
    states, returns = visited(agents(), Lengths(), (5, 6), 3, Streams((5, 6)))
    assert returns.tolist() == [[1, 2], [3, 4]]
    # Seed 5: 3 episodes of 1 and of 2 steps, 9 states; seed 6 has 21 and gives 9.
    assert states.shape == (2, 9, 2)
    assert sorted(states[0].tolist()) == [[0, 0]] * 3 + [[1, 0]] * 3 + [[1, 1]] * 3
