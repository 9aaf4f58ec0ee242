"""DiCE: the bisector by hand, the diversity reward by hand, an actor's and a critic's step written out."""

import pytest
import torch
from pydantic import ValidationError
from torch.distributions import Normal

from kmyriad.collaborative.learners.dice import Dice, action_diversity, bisect
from kmyriad.collaborative.learners.learner import Team
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.arm import CollaborativeSettings, SacSettings, arm_settings

SETTINGS = SacSettings(actor=(8,), critic=(8,), batch=16, learning_rate=1e-2)


def made(agents: int = 2, settings: SacSettings = SETTINGS) -> Dice:
    return Dice(Team(3, 2, agents, settings, Streams((0, 1)).of("networks"), torch.float64))


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class Lone:
    """Agent `agent` of a Dice written out, no row of a batched product: its weights are copies, its losses means."""

    def __init__(self, dice: Dice, agent: int) -> None:
        def weights(module, row: int = agent) -> list[torch.Tensor]:
            """[W1, W2, b1, b2], as BatchedMLP lists them."""
            return [each.detach()[row].clone().requires_grad_() for each in module.parameters()]

        self.actor, self.diversity = weights(dice.actor), weights(dice.diversity)
        self.twins = [weights(dice.critic, 2 * agent + twin) for twin in (0, 1)]
        self.alpha = dice.temperature.log_alpha.detach()[agent].exp()

    def sample(self, obs: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, log_std = layers(self.actor, obs).split(2, -1)
        std = log_std.clamp(-20, 2).exp()
        u = mean + std * noise
        return u.tanh(), (Normal(mean, std).log_prob(u) + 2 * u.cosh().log()).sum(-1)  # 1 - tanh^2 = 1 / cosh^2

    def gradient(self, loss: torch.Tensor) -> torch.Tensor:
        return torch.cat([each.flatten() for each in torch.autograd.grad(loss, self.actor, retain_graph=True)])


def layers(weights: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    first, second, bias, last = weights
    return (x @ first + bias).relu() @ second + last


@pytest.mark.parametrize(
    ("task", "other", "expected"),
    [
        ([3.0, 4.0], [3.0, 4.0], [3.0, 4.0]),
        # u = (1, 1) / sqrt 2; p.u = sqrt 2, d.u = 2 sqrt 2: the shorter one twice
        ([2.0, 0.0], [0.0, 4.0], [1.0, 1.0]),
        # p.u = 2 sqrt 2, d.u = sqrt 2: 3 / 2 sqrt 2
        ([4.0, 0.0], [0.0, 2.0], [1.5, 1.5]),
        ([1.0, 0.0], [-5.0, 0.0], [0.0, 0.0]),
        ([2.0, 0.0], [0.0, 0.0], [1.0, 0.0]),  # u = p / |p|; the diversity's share of the length is 0
    ],
)
def test_the_bisector_by_hand(task: list[float], other: list[float], expected: list[float]) -> None:
    torch.testing.assert_close(bisect(torch.tensor([task]), torch.tensor([other])), torch.tensor([expected]))


def test_each_agent_has_a_bisector_of_its_own() -> None:
    task, other = torch.tensor([[3.0, 4.0], [2.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 4.0]])
    torch.testing.assert_close(bisect(task, other), torch.tensor([[3.0, 4.0], [1.0, 1.0]]))


def test_action_diversity_by_hand() -> None:
    own = torch.tensor([[[0.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]])  # 3 agents, 1 state
    others = own + 1
    # Agent 0: to (2, 1): (4 + 1) / 2, to (1, 2): 5 / 2. Agent 1: to (1, 1): 1 / 2, to (1, 2): 2. Agent 2 as agent 1.
    torch.testing.assert_close(action_diversity(own, others), torch.tensor([[2.5], [1.25], [1.25]]))
    with pytest.raises(ValueError, match="1 agent has no others"):
        action_diversity(own[:1], others[:1])


def test_rewards_are_distances_to_the_lagging_actors() -> None:
    dice = made()
    obs = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    obs = obs[::2].repeat_interleave(2, 0)
    dice._lagging["actor"].biases[-1].data += 0.3
    own, lagging = (actor(obs)[..., :2].tanh() for actor in (dice.actor, dice._lagging["actor"]))
    found = dice._rewards(obs)
    torch.testing.assert_close(found[0], (own[0] - lagging[1]).square().mean(-1))
    torch.testing.assert_close(found[3], (own[3] - lagging[2]).square().mean(-1))


@pytest.mark.parametrize("clip", [1e9, 0.01])
def test_an_actor_descends_the_bisector_of_its_two_losses(clip: float, monkeypatch) -> None:
    dice, seen = made(settings=SETTINGS.model_copy(update={"actor_clip": clip})), []
    dice.temperature.log_alpha.data.copy_(torch.tensor([0.3, 0.1, 2.0, 0.5]).log())
    monkeypatch.setattr(dice._optimisers["actor"], "step", seen.append)
    obs, noise = normal(4, 16, 3), normal(4, 16, 2, seed=1)
    losses, _ = dice._update_actor(obs, noise, None)
    (gradients,) = seen
    for agent in range(4):
        lone = Lone(dice, agent)
        action, log_prob = lone.sample(obs[agent], noise[agent])
        pairs = torch.cat([obs[agent], action], -1)
        q, d = sum(layers(twin, pairs)[:, 0] for twin in lone.twins) / 2, layers(lone.diversity, pairs)[:, 0]
        task, other = (lone.gradient((lone.alpha * log_prob - value).mean()) for value in (q, d))
        u = task / task.norm() + other / other.norm()
        u = u / u.norm()
        expected = u * ((task @ u).abs() + min((task @ u).abs(), (other @ u).abs())) / 2
        expected = expected * min(1.0, clip / (float(expected.norm()) + 1e-6))
        found = torch.cat([gradient[agent].flatten() for gradient in gradients])
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
        torch.testing.assert_close(losses[agent], (lone.alpha * log_prob - q).mean().detach(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("task", [1, -1])
@pytest.mark.parametrize("diversity", [1, -1])
def test_an_actor_goes_where_both_critics_send_it(task: int, diversity: int) -> None:
    dice = made()
    dice.temperature.log_alpha.data.fill_(-torch.inf)  # no entropy
    for critic, component, sign in ((dice.critic, 0, task), (dice.diversity, 1, diversity)):
        for parameter in critic.parameters():
            parameter.data.zero_()
        # Q(s, a) = +-(a_0 + 2) and D(s, a) = +-(a_1 + 2), whose hidden unit is never off
        critic.weights[0].data[:, 3 + component, 0], critic.biases[0].data[..., 0] = 1, 2
        critic.weights[1].data[:, 0] = sign
    before = dice.actor.biases[-1].detach().clone()
    dice._update_actor(normal(4, 16, 3), normal(4, 16, 2, seed=1), None)
    # Adam's first step is the learning rate against the gradient's sign: here the means' biases, each moved by one critic.
    moved = (dice.actor.biases[-1] - before)[:, 0, :2]
    expected = 0.01 * torch.tensor([task, diversity], dtype=torch.float64).expand(4, -1)
    torch.testing.assert_close(moved, expected, rtol=1e-5, atol=0)


def test_a_diversity_critic_learns_the_soft_return_of_parting(random_batch, monkeypatch) -> None:
    dice, seen = made(), {}
    dice.temperature.log_alpha.data.copy_(torch.tensor([0.3, 0.1, 2.0, 0.5]).log())
    for number, parameter in enumerate(dice._lagging.parameters()):
        parameter.data += 0.1 * normal(*parameter.shape, seed=number)
    monkeypatch.setattr(dice, "_step", lambda name, losses, clip: seen.update({name: (losses.detach(), clip)}))
    batch, noise = random_batch(2, 1, 16, 3, 2, 0), normal(4, 16, 2)
    dice._update_diversity(batch, noise)
    losses, clip = seen["diversity"]
    for agent in range(4):
        lone, other, group = Lone(dice, agent), agent ^ 1, agent // 2  # the other of the seed's two
        obs, action, mask, after = (each[group, 0] for each in (batch.obs, batch.action, batch.mask, batch.next_obs))
        mean = layers(lone.actor, obs)[:, :2].tanh()
        lagging = layers([each[other] for each in dice._lagging["actor"].parameters()], obs)[:, :2].tanh()
        next_action, log_prob = lone.sample(after, noise[agent])
        target = [each[agent] for each in dice._lagging["diversity"].parameters()]
        value = layers(target, torch.cat([after, next_action], -1))[:, 0] - lone.alpha * log_prob
        aim = ((mean - lagging) ** 2).mean(-1) + 0.99 * mask * value
        error = layers(lone.diversity, torch.cat([obs, action], -1))[:, 0] - aim
        torch.testing.assert_close(losses[agent], (error**2).mean().detach(), rtol=0, atol=1e-12)
    assert clip == 20


def test_a_stratified_batch_has_as_many_transitions_of_each_agent(counting_replay, streams: Streams) -> None:
    batch = counting_replay(2, 3, 20, 30).sample(30, True, streams, True)
    assert [torch.bincount(row[0]).tolist() for row in batch.agent] == [[10] * 3] * 2
    assert torch.equal(batch.obs[..., 1].long(), batch.agent) and torch.equal(batch.obs[..., 2].long(), batch.step)
    assert batch.step.min() >= 10 and len(batch.step.unique()) > 10


def test_the_arm_and_what_it_needs() -> None:
    settings = arm_settings("dice")
    assert (settings.sac.actor_clip, settings.sac.critic_clip, settings.sac.stratified) == (20, 20, True)
    assert (settings.sac.actor_reduction, settings.sac.target_entropy, settings.evaluation.how) == ("min", -0.5, "first")
    with pytest.raises(ValidationError, match="learner = dice with agents = 1 has no others to differ from"):
        CollaborativeSettings.model_validate({"learner": "dice", "agents": 1, "reward": {"scale": 0}})
    with pytest.raises(ValidationError, match="stratified says how a shared batch is made up"):
        SacSettings(stratified=True, shared=False)
