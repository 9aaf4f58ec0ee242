"""DrQ: shifts by hand, agents side by side against a DrQ of ordinary layers written for this test, SUNRISE on it."""

import copy

import pytest
import torch
from torch import nn

from kmyriad.collaborative.learners.drq import Drq, SunriseDrq
from kmyriad.collaborative.learners.learner import Team
from kmyriad.collaborative.pictures import Convolutions, shifted
from kmyriad.collaborative.replay import Batch, Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Picture
from kmyriad.settings.collaborative.arm import SacSettings
from kmyriad.settings.collaborative.baselines import SunriseSettings
from kmyriad.settings.collaborative.dqn import Convolution
from kmyriad.settings.collaborative.drq import DrqSettings

PICTURE, ACTION, SIZE = Picture(2, 7, 6, 2), 2, 6
DRQ = DrqSettings(convolutions=(Convolution(4, 3, 2), Convolution(3, 2, 1)), latent=5, padding=2)
# A clip of 0.01 is active in nearly every update.
TIGHT = SacSettings(
    actor=(8, 8), critic=(8, 8), batch=SIZE, actor_clip=0.01, critic_clip=0.01, learning_rate=1e-3, initial_temperature=0.1
)
LOOSE = TIGHT.model_copy(update={"actor_clip": 1e6, "critic_clip": 1e6})


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make(agents: int, settings: SacSettings = TIGHT, drq: DrqSettings = DRQ, groups: int = 1) -> Drq:
    generators = [seeded(group) for group in range(groups)]
    return Drq(PICTURE, Team(PICTURE.features, ACTION, agents, settings, generators, torch.float64), drq)


def batch_of(seed: int, groups: int = 1, readers: int = 1) -> Batch:
    generator, lead = seeded(seed), (groups, readers, SIZE)
    obs, after = torch.rand(2, *lead, PICTURE.features, generator=generator, dtype=torch.float64)
    action = torch.rand(*lead, ACTION, generator=generator, dtype=torch.float64) * 2 - 1
    reward, nobody = torch.randn(lead, generator=generator, dtype=torch.float64), torch.zeros(lead, dtype=torch.int64)
    mask = (torch.rand(lead, generator=generator) > 0.3).double()
    offset = torch.randint(2 * DRQ.padding + 1, (*lead, 2, 2), generator=generator)
    return Batch(obs, action, reward, mask, after, nobody, nobody, offset=offset)


def noise_of(seed: int, agents: int, groups: int = 1) -> torch.Tensor:
    return torch.randn(2, groups, agents, SIZE, ACTION, generator=seeded(1000 + seed), dtype=torch.float64)


def rewards_of(seed: int, agents: int, groups: int = 1) -> torch.Tensor:
    return torch.randn(groups, agents, SIZE, generator=seeded(2000 + seed), dtype=torch.float64)


def test_a_shift_by_hand() -> None:
    # Two frames of 2 x 3; the second is the first plus 10.
    picture = Picture(1, 2, 3, 2)
    one = torch.tensor([1, 2, 3, 4, 5, 6])
    obs = torch.cat([one, one + 10]).expand(4, -1)
    # Padded by one copy of the border:  1 1 2 3 3
    #                                    1 1 2 3 3
    #                                    4 4 5 6 6
    #                                    4 4 5 6 6
    offset = torch.tensor([[1, 1], [0, 0], [2, 1], [1, 2]])
    expected = [[1, 2, 3, 4, 5, 6], [1, 1, 2, 1, 1, 2], [4, 5, 6, 4, 5, 6], [2, 3, 3, 5, 6, 6]]
    found = shifted(obs, picture, offset, 1)
    assert found[:, :6].tolist() == expected and torch.equal(found[:, 6:], found[:, :6] + 10)


def test_shifts_are_as_if_padded_and_cut_out() -> None:
    obs, offset = torch.rand(5, PICTURE.features, generator=seeded(0)), torch.randint(9, (5, 2), generator=seeded(1))
    padded = nn.functional.pad(obs.view(5, 4, 7, 6), (4, 4, 4, 4), mode="replicate")
    cut = [one[:, row : row + 7, column : column + 6] for one, (row, column) in zip(padded, offset.tolist(), strict=True)]
    assert torch.equal(shifted(obs, PICTURE, offset, 4), torch.stack(cut).flatten(1))


def test_all_shifts_are_drawn_alike() -> None:
    replay, drq = Replay(1, 1, 50, 3, ACTION), make(1, SacSettings(batch=50))
    for _ in range(50):
        zeros = torch.zeros(1, 1, 3)
        replay.add(zeros, zeros[..., :2], zeros[..., 0], zeros[..., 0], zeros, zeros[..., 0] > 0)
    streams = Streams((0,))
    counts = sum(drq.draw(replay, streams).offset.flatten(0, 2).flatten(1).T.flatten().bincount(minlength=5) for _ in range(20))
    torch.testing.assert_close(counts / counts.sum(), torch.full((5,), 0.2), rtol=0, atol=0.025)  # 4 standard errors
    # The pictures that are drawn do not depend on how they are moved.
    wider = DRQ.model_copy(update={"padding": 4})
    one, other = (make(1, SacSettings(batch=50), each).draw(replay, Streams((0,))) for each in (DRQ, wider))
    assert torch.equal(one.step, other.step) and not torch.equal(one.offset, other.offset)


class SlowDrq:
    """Agent `agent` of `drq` again: nn.Conv2d, nn.Linear, nn.LayerNorm, torch's clip and plain Adam, in jaxrl2's order."""

    def __init__(self, drq: Drq, agent: int) -> None:
        self.settings = drq.settings
        self.encoder = self._convolutions(drq.critic.encoder, agent)
        self.latent, self.actor_latent = self._latent(drq.critic.latent, agent), self._latent(drq.actor.latent, agent)
        self.twins = nn.ModuleList(self._layers(drq.critic.twins, 2 * agent + twin) for twin in (0, 1))
        self.actor = self._layers(drq.actor.rest, agent)
        self.critic = nn.ModuleList([self.encoder, self.latent, self.twins])
        self.target = copy.deepcopy(self.critic)
        self.log_alpha = nn.Parameter(torch.tensor(self.settings.initial_temperature, dtype=torch.float64).log())
        groups = (nn.ModuleList([self.actor_latent, self.actor]).parameters(), self.critic.parameters(), [self.log_alpha])
        self.optimisers = [torch.optim.Adam(each, lr=self.settings.learning_rate) for each in groups]

    @staticmethod
    def _convolutions(network: Convolutions, index: int) -> nn.Sequential:
        layers: list[nn.Module] = []
        for kernel, bias, each in zip(network.kernels, network.biases, DRQ.convolutions, strict=True):
            layer = nn.Conv2d(kernel.shape[2], each.channels, each.kernel, each.stride, dtype=torch.float64)
            layer.weight.data, layer.bias.data = kernel.data[index].clone(), bias.data[index].clone()
            layers += [layer, nn.ReLU()]
        return nn.Sequential(*layers, nn.Flatten())

    @classmethod
    def _latent(cls, network: nn.Module, index: int) -> nn.Sequential:
        norm = nn.LayerNorm(DRQ.latent, eps=1e-6, dtype=torch.float64)
        norm.weight.data, norm.bias.data = network.scale.data[index, 0].clone(), network.bias.data[index, 0].clone()
        return nn.Sequential(cls._layers(network.linear, index), norm, nn.Tanh())

    @staticmethod
    def _layers(network: nn.Module, index: int) -> nn.Sequential:
        layers: list[nn.Module] = []
        for weight, bias in zip(network.weights, network.biases, strict=True):
            layer = nn.Linear(*weight.shape[1:], dtype=torch.float64)
            layer.weight.data, layer.bias.data = weight.data[index].T.clone(), bias.data[index, 0].clone()
            layers += [layer, nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    def act(self, features: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, log_std = self.actor(self.actor_latent(features)).split(ACTION, -1)
        u = mean + log_std.clip(-20, 2).exp() * noise
        normal = torch.distributions.Normal(mean, log_std.clip(-20, 2).exp())
        slope = torch.distributions.TanhTransform().log_abs_det_jacobian(u, u.tanh())
        return u.tanh(), (normal.log_prob(u) - slope).sum(-1)

    @staticmethod
    def q(critic: nn.ModuleList, features: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        pairs = torch.cat([critic[1](features), action], -1)
        return torch.stack([twin(pairs)[:, 0] for twin in critic[2]])

    @staticmethod
    def see(obs: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
        padded = nn.functional.pad(obs.view(-1, 4, 7, 6), (2, 2, 2, 2), mode="replicate")
        cut = [one[:, row : row + 7, column : column + 6] for one, (row, column) in zip(padded, offset.tolist(), strict=True)]
        return torch.stack(cut)

    def gradients(self, index: int, loss: torch.Tensor, clip: float) -> list[torch.Tensor]:
        parameters = self.optimisers[index].param_groups[0]["params"]
        found = list(torch.autograd.grad(loss, parameters))
        norm = torch.cat([each.flatten() for each in found]).norm()
        return [each * min(1.0, float(clip / (norm + 1e-6))) for each in found]

    def descend(self, index: int, gradients: list[torch.Tensor]) -> None:
        for parameter, gradient in zip(self.optimisers[index].param_groups[0]["params"], gradients, strict=True):
            parameter.grad = gradient
        self.optimisers[index].step()

    def update(self, batch: Batch, reward: torch.Tensor, noise: torch.Tensor) -> None:
        settings, alpha = self.settings, self.log_alpha.exp().detach()
        obs, next_obs = (
            self.see(each[0, 0], batch.offset[0, 0, :, side]) for side, each in enumerate((batch.obs, batch.next_obs))
        )
        with torch.no_grad():
            next_action, next_log_prob = self.act(self.encoder(next_obs), noise[0])
            value = self.q(self.target, self.target[0](next_obs), next_action).mean(0) - alpha * next_log_prob
            aim = reward + settings.gamma * batch.mask[0, 0] * value
        critic_loss = (self.q(self.critic, self.encoder(obs), batch.action[0, 0]) - aim).pow(2).mean()
        new, log_prob = self.act(self.encoder(obs).detach(), noise[1])
        actor_loss = (alpha * log_prob - self.q(self.critic, self.encoder(obs).detach(), new).mean(0)).mean()
        steps = self.gradients(1, critic_loss, settings.critic_clip), self.gradients(0, actor_loss, settings.actor_clip)
        self.descend(1, steps[0])
        with torch.no_grad():
            for target, source in zip(self.target.parameters(), self.critic.parameters(), strict=True):
                target.mul_(1 - settings.tau).add_(settings.tau * source)
        self.descend(0, steps[1])
        excess = -log_prob.mean().detach() + 0.5 * ACTION
        self.descend(2, list(torch.autograd.grad(self.log_alpha.exp() * excess, [self.log_alpha])))


@pytest.mark.parametrize("settings", [TIGHT, LOOSE], ids=["active clip", "no clip"])
def test_an_independent_drq_learns_the_same(settings: SacSettings) -> None:
    drq = make(2, settings)
    drq.target.load_state_dict(drq.critic.state_dict())
    other, start = SlowDrq(drq, 1), drq.critic.encoder.kernels[0].data.clone()
    for update in range(25):
        batch, reward, noise = batch_of(update), rewards_of(update, 2), noise_of(update, 2)
        drq.update(batch, reward, noise)
        other.update(batch, reward[0, 1], noise[:, 0, 1])
    assert (drq.critic.encoder.kernels[0] - start).abs().max() > 0.005
    again = SlowDrq(drq, 1)
    for name in ("critic", "actor_latent", "actor"):
        for one, two in zip(getattr(other, name).parameters(), getattr(again, name).parameters(), strict=True):
            torch.testing.assert_close(one, two, rtol=0, atol=1e-12)
    kernels = [layer.weight for layer in other.target[0] if isinstance(layer, nn.Conv2d)]
    for mine, theirs in zip(drq.target.encoder.kernels, kernels, strict=True):
        torch.testing.assert_close(mine[1], theirs.data, rtol=0, atol=1e-12)
    torch.testing.assert_close(drq.temperature.log_alpha[1], other.log_alpha, rtol=0, atol=1e-12)


def test_groups_and_readers_are_as_many_sets() -> None:
    both, alone = make(2, groups=2), make(2)
    for update in range(5):
        batch, noise, reward = batch_of(update, 2, 2), noise_of(update, 2, 2), rewards_of(update, 2, 2)
        both.update(batch, reward, noise)
        alone.update(Batch(*(each[:1] for each in batch)), reward[:1], noise[:, :1])
    for one, two in zip(both.critic.parameters(), alone.critic.parameters(), strict=True):
        torch.testing.assert_close(one[: len(two)], two, rtol=0, atol=1e-12)


def test_losses_do_not_reach_what_they_must_not() -> None:
    drq = make(1, LOOSE)
    kernels, latent = drq.critic.encoder.kernels[0].clone(), drq.actor.latent.linear.weights[0].clone()
    features = drq._features(torch.rand(1, 1, 3, PICTURE.features, dtype=torch.float64)).flatten(0, 1)
    drq._update_actor(features.detach(), torch.zeros(1, 3, ACTION, dtype=torch.float64), None)
    # The policy's gradient moves the actor's own latent, but no convolution.
    assert torch.equal(drq.critic.encoder.kernels[0], kernels) and not torch.equal(drq.actor.latent.linear.weights[0], latent)


def test_the_target_is_of_the_mean_or_the_smaller() -> None:
    values = torch.tensor([[[1.0, 2.0], [3.0, 0.0]]])
    assert make(1)._pessimistic(values).tolist() == [[2, 1]]
    assert make(1, drq=DRQ.model_copy(update={"target_reduction": "min"}))._pessimistic(values).tolist() == [[1, 0]]


def test_it_goes_on_from_its_state_alone() -> None:
    whole, resumed = make(2), make(2)
    whole.update(batch_of(0), rewards_of(0, 2), noise_of(0, 2))
    resumed.load_state_dict({name: value.clone() for name, value in whole.state_dict().items()})
    for drq in (whole, resumed):
        drq.update(batch_of(1), rewards_of(1, 2), noise_of(1, 2))
    found, expected = resumed.state_dict(), whole.state_dict()
    assert [name for name in expected if not torch.equal(expected[name], found[name])] == []


def test_sunrise_that_keeps_all_and_weighs_alike_learns_like_drq() -> None:
    team = Team(PICTURE.features, ACTION, 2, LOOSE, [seeded(0)], torch.float64)
    sunrise = SunriseDrq(PICTURE, team, DRQ, SunriseSettings(keep=1.0, temperature=0.0))
    one, other = (each.update(batch_of(0), rewards_of(0, 2), noise_of(0, 2)) for each in (sunrise, make(2, LOOSE)))
    torch.testing.assert_close(one.critic * (SIZE + 1) / SIZE, other.critic)  # sum / (n + 1)
    assert torch.equal(one.entropy, other.entropy)
    assert {"keys", "critic.encoder.kernels.0"} <= sunrise.state_dict().keys()


def test_kernels_that_see_too_little_are_refused() -> None:
    with pytest.raises(ValueError, match="of 7 pixels is 3 wide before the convolution with the kernel 4: take smaller") as error:
        make(1, drq=DrqSettings(convolutions=(Convolution(4, 3, 2), Convolution(3, 4, 1))))
    assert "\n" not in str(error.value)
