"""N agents in one batch against N separate ones, and against a SAC of ordinary linear layers written for this test."""

import copy

import pytest
import torch
from torch import nn

from kmyriad.collaborative.learners.sac import Sac
from kmyriad.settings.collaborative.arm import SacSettings

OBS, ACTION, SIZE = 4, 2, 12
# A clip of 0.01 is active in nearly every update.
TIGHT = SacSettings(actor=(16, 16), critic=(16, 16), batch=SIZE, actor_clip=0.01, critic_clip=0.01, learning_rate=1e-3)
LOOSE = TIGHT.model_copy(update={"actor_clip": 1e6, "critic_clip": 1e6, "actor_reduction": "min"})


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make(agents: int, settings: SacSettings, groups: int = 1) -> Sac:
    return Sac(OBS, ACTION, agents, settings, [seeded(group) for group in range(groups)], torch.float64)


def noise_of(update: int, groups: int, agents: int) -> torch.Tensor:
    return torch.randn(2, groups, agents, SIZE, ACTION, generator=seeded(1000 + update), dtype=torch.float64)


def rewards_of(update: int, groups: int, agents: int) -> torch.Tensor:
    return torch.randn(groups, agents, SIZE, generator=seeded(2000 + update), dtype=torch.float64)


def extract(many: Sac, agent: int, settings: SacSettings) -> Sac:
    """A Sac of one agent with the weights of agent `agent` of group 0."""
    one = make(1, settings)
    for part in ("actor", "critic", "target"):
        twins = 1 if part == "actor" else 2
        for target, source in zip(getattr(one, part).parameters(), getattr(many, part).parameters(), strict=True):
            target.data.copy_(source.data[twins * agent : twins * (agent + 1)])
    return one


def parameters(sac: Sac, agent: int) -> torch.Tensor:
    """All weights of one agent, flat."""
    rows = [p.data[agent].flatten() for p in sac.actor.parameters()]
    rows += [p.data[2 * agent + twin].flatten() for p in (*sac.critic.parameters(), *sac.target.parameters()) for twin in (0, 1)]
    return torch.cat([*rows, sac.temperature.log_alpha.data[agent : agent + 1]])


@pytest.mark.slow(4)
@pytest.mark.parametrize("settings", [TIGHT, LOOSE], ids=["active clip", "no clip"])
def test_a_set_of_agents_is_as_many_single_ones(random_batch, settings: SacSettings) -> None:
    many = make(3, settings)
    singles = [extract(many, agent, settings) for agent in range(3)]
    start = parameters(many, 0).clone()
    for update in range(100):
        batch, noise, reward = random_batch(1, 1, SIZE, OBS, ACTION, update), noise_of(update, 1, 3), rewards_of(update, 1, 3)
        many.update(batch, reward, noise)
        for agent, single in enumerate(singles):
            single.update(batch, reward[:, agent : agent + 1], noise[:, :, agent : agent + 1])
    for agent, single in enumerate(singles):
        torch.testing.assert_close(parameters(many, agent), parameters(single, 0), rtol=0, atol=1e-12)
    assert (parameters(many, 0) - start).abs().max() > 0.01


def test_groups_are_as_many_sets(random_batch) -> None:
    both, alone = make(2, TIGHT, groups=2), make(2, TIGHT)
    for update in range(20):
        batch, noise, reward = random_batch(2, 2, SIZE, OBS, ACTION, update), noise_of(update, 2, 2), rewards_of(update, 2, 2)
        both.update(batch, reward, noise)
        alone.update(type(batch)(*(each[:1] for each in batch)), reward[:1], noise[:, :1])
    for agent in range(2):
        torch.testing.assert_close(parameters(both, agent), parameters(alone, agent), rtol=0, atol=1e-12)


class LinearSac:
    """Agent `agent` of `sac` again, with nn.Linear, torch's clip and plain Adam: written from the equations, sharing no code."""

    def __init__(self, sac: Sac, agent: int) -> None:
        self.settings = sac.settings
        self.actor = self._layers(sac.actor, agent)
        self.critics = nn.ModuleList(self._layers(sac.critic, 2 * agent + twin) for twin in (0, 1))
        self.targets = copy.deepcopy(self.critics)
        self.log_alpha = nn.Parameter(torch.zeros((), dtype=torch.float64))
        rate = self.settings.learning_rate
        self.optimisers = [
            torch.optim.Adam(each, lr=rate) for each in (self.actor.parameters(), self.critics.parameters(), [self.log_alpha])
        ]

    @staticmethod
    def _layers(network: nn.Module, index: int) -> nn.Sequential:
        pairs = list(zip(network.weights, network.biases, strict=True))
        layers: list[nn.Module] = []
        for weight, bias in pairs:
            layer = nn.Linear(*weight.shape[1:], dtype=torch.float64)
            layer.weight.data, layer.bias.data = weight.data[index].T.clone(), bias.data[index, 0].clone()
            layers += [layer, nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    def act(self, obs: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, log_std = self.actor(obs).split(ACTION, -1)
        normal = torch.distributions.Normal(mean, log_std.clip(-20, 2).exp())
        u = normal.mean + normal.stddev * noise
        slope = torch.distributions.TanhTransform().log_abs_det_jacobian(u, u.tanh())
        return u.tanh(), (normal.log_prob(u) - slope).sum(-1)

    @staticmethod
    def q(critics: nn.ModuleList, obs: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        return torch.stack([critic(torch.cat([obs, action], -1))[:, 0] for critic in critics])

    def descend(self, index: int, loss: torch.Tensor, clip: float) -> None:
        optimiser = self.optimisers[index]
        for other in self.optimisers:
            other.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(optimiser.param_groups[0]["params"], clip)
        optimiser.step()

    def update(self, obs, action, reward, mask, next_obs, noise) -> None:
        settings = self.settings
        with torch.no_grad():
            next_action, next_log_prob = self.act(next_obs, noise[0])
            value = self.q(self.targets, next_obs, next_action).min(0).values - self.log_alpha.exp() * next_log_prob
            aim = reward + settings.gamma * mask * value
        self.descend(1, (self.q(self.critics, obs, action) - aim).pow(2).mean(), settings.critic_clip)
        with torch.no_grad():
            for target, source in zip(self.targets.parameters(), self.critics.parameters(), strict=True):
                target.mul_(1 - settings.tau).add_(settings.tau * source)
        new, log_prob = self.act(obs, noise[1])
        twins = self.q(self.critics, obs, new)
        value = twins.mean(0) if settings.actor_reduction == "mean" else twins.min(0).values
        self.descend(0, (self.log_alpha.exp().detach() * log_prob - value).mean(), settings.actor_clip)
        entropy = -log_prob.mean().detach()
        self.descend(2, self.log_alpha.exp() * (entropy + 0.5 * ACTION), float("inf"))


@pytest.mark.slow(5)
@pytest.mark.parametrize("settings", [TIGHT, LOOSE], ids=["active clip", "no clip"])
def test_an_independent_sac_learns_the_same(random_batch, settings: SacSettings) -> None:
    sac = make(2, settings)
    other = LinearSac(sac, 1)
    for update in range(60):
        batch, noise, reward = random_batch(1, 1, SIZE, OBS, ACTION, update), noise_of(update, 1, 2), rewards_of(update, 1, 2)
        sac.update(batch, reward, noise)
        obs, action, _, mask, next_obs = (each[0, 0] for each in batch[:5])
        other.update(obs, action, reward[0, 1], mask, next_obs, noise[:, 0, 1])
    weights = [torch.cat([layer.weight.flatten() for layer in other.actor if isinstance(layer, nn.Linear)])]
    own = torch.cat([weight.data[1].T.flatten() for weight in sac.actor.weights])
    torch.testing.assert_close(own, weights[0].data, rtol=0, atol=1e-12)
    for networks, module in ((other.critics, sac.critic), (other.targets, sac.target)):
        for twin, network in enumerate(networks):
            for layer, weight in zip(network[::2], module.weights, strict=True):
                torch.testing.assert_close(weight.data[2 + twin].T, layer.weight.data, rtol=0, atol=1e-12)
    torch.testing.assert_close(sac.temperature.log_alpha[1], other.log_alpha, rtol=0, atol=1e-12)


def test_losses_by_hand(random_batch) -> None:
    # gamma = 0: the critics' target is the reward itself.
    sac = make(2, TIGHT.model_copy(update={"gamma": 0.0}))
    batch, reward = random_batch(1, 1, SIZE, OBS, ACTION, 0), rewards_of(0, 1, 2)
    obs, action = (each.expand(-1, 2, -1, -1) for each in (batch.obs, batch.action))
    expected = (sac.q_values(obs, action) - reward[:, :, None]).square().mean((2, 3))
    losses = sac.update(batch, reward, noise_of(0, 1, 2))
    torch.testing.assert_close(losses.critic, expected)
    assert losses.temperature.tolist() == [[1.0, 1.0]]


def test_a_state_of_other_networks_is_refused() -> None:
    state = make(1, TIGHT).state_dict()
    with pytest.raises(ValueError, match="the saved state has no .*, it is that of another network"):
        make(1, TIGHT.model_copy(update={"actor": (16, 16, 16)})).load_state_dict(state)


def test_updates_are_whole_and_add_up() -> None:
    # 0.3 updates a step of 4 agents: 1.2 after a vector step, then 2.4, 3.6, 4.8 and 6.
    found = [make(4, TIGHT).updates_due(done, 0.3) for done in range(0, 20, 4)]
    assert found == [1, 1, 1, 1, 2]
