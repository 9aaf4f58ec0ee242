"""Multi-headed agents: one torso, own heads, gradients by hand, one agent is plain SAC."""

import torch
from torch.nn import functional as F

from kmyriad.collaborative.learners.multihead import MultiheadMLP, MultiheadSac
from kmyriad.collaborative.learners.sac import Sac
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.arm import SacSettings, arm_settings

SETTINGS = SacSettings(actor=(8, 8), critic=(8, 8), batch=16, learning_rate=1e-2)


def made(kind: type[Sac], agents: int, settings: SacSettings = SETTINGS) -> Sac:
    return kind(3, 2, agents, settings, Streams((0, 1)).of("networks"), torch.float64)


def test_heads_on_a_common_torso() -> None:
    network = MultiheadMLP((3, 8, 8, 2), Streams((0, 1)).of("networks"), 3, 2, torch.float64)
    x = torch.randn(2, 3, 2, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = network(x.flatten(0, 2)).view(2, 3, 2, 5, 2)
    for group, agent, twin in torch.cartesian_prod(torch.arange(2), torch.arange(3), torch.arange(2)).tolist():
        hidden, torso, head = x[group, agent, twin], group * 2 + twin, (group * 3 + agent) * 2 + twin
        for weight, bias in zip(network.torso.weights, network.torso.biases, strict=True):
            hidden = F.relu(hidden @ weight[torso] + bias[torso])
        expected = hidden @ network.heads.weights[0][head] + network.heads.biases[0][head]
        torch.testing.assert_close(found[group, agent, twin], expected)


def test_the_torso_gets_the_mean_of_the_agents_gradients_and_a_head_its_own(monkeypatch) -> None:
    sac, seen = made(MultiheadSac, 3), []
    monkeypatch.setattr(sac._optimisers["critic"], "step", seen.append)
    torso, heads = (list(part.parameters()) for part in (sac.critic.torso, sac.critic.heads))
    common = sum(parameter.square().sum() for parameter in torso)
    own = sum(parameter.unflatten(0, (6, 2)).flatten(1).sum(1) for parameter in heads)
    sac._step("critic", common * torch.arange(1.0, 4).repeat(2) + own, 1e9)
    (gradients,) = seen
    names = [name for name, _ in sac.critic.named_parameters()]
    for name, parameter, gradient in zip(names, sac.critic.parameters(), gradients, strict=True):
        if name.startswith("torso"):
            # 1, 2 and 3 times d p^2 / dp = 2 p for both seeds, over 3 agents
            torch.testing.assert_close(gradient, 8 * parameter.detach())
        else:
            torch.testing.assert_close(gradient, torch.ones_like(gradient))


def test_each_seed_is_clipped_by_its_own_norm(monkeypatch) -> None:
    sac, seen = made(MultiheadSac, 2), []
    monkeypatch.setattr(sac._optimisers["actor"], "step", seen.extend)
    factor = torch.tensor([1.0, 1.0, 1000.0, 1000.0], dtype=torch.float64)  # agents of seed 0, of seed 1
    sac._step("actor", factor * sac.actor(torch.ones(4, 5, 3, dtype=torch.float64)).square().sum((1, 2)), 0.5)
    norms = torch.stack([gradient.unflatten(0, (2, -1)).flatten(1).square().sum(1) for gradient in seen]).sum(0).sqrt()
    torch.testing.assert_close(norms, torch.full((2,), 0.5, dtype=torch.float64), rtol=1e-5, atol=0)


def test_one_agent_is_plain_sac(random_batch) -> None:
    plain, multi = made(Sac, 1), made(MultiheadSac, 1)
    for name in ("actor", "critic", "target"):
        rows = zip(getattr(plain, name).parameters(), _in_order(getattr(multi, name)), strict=True)
        for one, other in rows:
            other.data.copy_(one.data)
    batch = random_batch(2, 1, 16, 3, 2, 0)
    for seed in range(5):
        noise = torch.randn(2, 2, 1, 16, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        for one, other in zip(*(sac.update(batch, batch.reward, noise) for sac in (plain, multi)), strict=True):
            torch.testing.assert_close(one, other)


def _in_order(network: MultiheadMLP) -> list[torch.Tensor]:
    """Return the parameters in the order of BatchedMLP's: all weights, then all biases."""
    return [*network.torso.weights, *network.heads.weights, *network.torso.biases, *network.heads.biases]


def test_the_arm_is_ce_with_heads() -> None:
    settings = arm_settings("multihead")
    assert settings.model_copy(update={"learner": "sac"}) == arm_settings("ce")
