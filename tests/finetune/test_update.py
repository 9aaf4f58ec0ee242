"""One update of PPO against the textbook's formulas, in loops over samples and with an Adam of its own, in float64."""

import copy
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from kmyriad.finetune import PPO
from kmyriad.policies import MultiHeadPolicy
from kmyriad.policies.adam import Adam
from kmyriad.settings import FinetuneSettings

ENVS, STEPS = 6, 5


class Noise:
    """Observations and rewards that are random numbers, whatever the actions."""

    num_envs, obs_dim, action_dim, feature_names, device = ENVS, 3, 2, ("a", "b", "c"), "cpu"

    def __init__(self, frozen: tuple[int, ...]) -> None:
        self.frozen = torch.tensor([env in frozen for env in range(ENVS)])

    def reset(self, seed: int | None = None) -> torch.Tensor:
        self.generator = torch.Generator().manual_seed(seed)
        return self.random(ENVS, 3)

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        return self.random(ENVS, 3), self.random(ENVS), {"frozen": self.frozen}

    def random(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self.generator, dtype=torch.float64)

    def close(self) -> None:
        pass


def exact(frozen: tuple[int, ...], **changes) -> PPO:
    """A run in float64, without warm-up."""
    settings = {"envs": ENVS, "horizon": STEPS, "value_hidden": (8,), "warmup": 0}
    settings |= {"policy_learning_rate": 0.01, "value_learning_rate": 0.01, **changes}
    run = PPO(Noise(frozen), MultiHeadPolicy(3, 2, 1, (8,), 6, (-2.0, 0.5), 4), FinetuneSettings(**settings), 4)
    learner = run.learner
    learner.policy_optimiser = Adam(run.actor.double(), run.settings.policy_learning_rate)
    learner.value_optimiser = Adam(learner.value.double(), run.settings.value_learning_rate)
    single = run.rollouts.trajectory
    run.rollouts.trajectory = replace(single, obs=single.obs.double(), u=single.u.double(), reward=single.reward.double())
    return run


def plain_advantages(reward: torch.Tensor, values: torch.Tensor, gamma: float, decay: float) -> torch.Tensor:
    """The defining double sum for one environment, [T], [T + 1] -> [T]."""
    delta = [float(reward[t] + gamma * values[t + 1] - values[t]) for t in range(len(reward))]
    sums = [sum((gamma * decay) ** (later - t) * delta[later] for later in range(t, len(delta))) for t in range(len(delta))]
    return torch.tensor(sums, dtype=torch.float64)


def adam_step(parameters: list, gradient: list, memory: dict, rate: float, longest: float) -> None:
    """Kingma and Ba 2015, Algorithm 1, on a gradient shortened to the norm `longest`."""
    norm = math.sqrt(sum(float(g.square().sum()) for g in gradient))
    memory["t"] = memory.get("t", 0) + 1
    for i, (parameter, g) in enumerate(zip(parameters, gradient, strict=True)):
        g = g * min(1.0, longest / (norm + 1e-6))
        memory["m", i] = 0.9 * memory.get(("m", i), 0) + 0.1 * g
        memory["v", i] = 0.999 * memory.get(("v", i), 0) + 0.001 * g**2
        m, v = memory["m", i] / (1 - 0.9 ** memory["t"]), memory["v", i] / (1 - 0.999 ** memory["t"])
        parameter.data -= rate * m / (v.sqrt() + 1e-8)


def plain_samples(run: PPO, actor: torch.nn.Module, value: torch.nn.Module) -> tuple[torch.Tensor, ...]:
    """Observations, u, old log densities, advantages and targets of the rollout that `run` has just collected."""
    s, trajectory = run.settings, run.rollouts.trajectory
    alive = [env for env in range(ENVS) if not trajectory.frozen[env]]
    obs, u = trajectory.obs[:, alive], trajectory.u[:, alive]
    with torch.no_grad():
        values, (mean, log_std) = value(obs), actor(obs[:-1])
    old = Normal(mean, log_std.exp()).log_prob(u).sum(-1)
    advantage = [plain_advantages(trajectory.reward[:, e], values[:, i], s.gamma, s.gae_lambda) for i, e in enumerate(alive)]
    advantage = torch.stack(advantage, 1)
    target = values[:-1] + advantage
    if s.normalise_advantage:
        advantage = (advantage - advantage.mean()) / advantage.std(correction=0)
    return tuple(x.flatten(0, 1) for x in (obs[:-1], u, old, advantage, target))


def plain_objective(actor: torch.nn.Module, s: FinetuneSettings, samples: list) -> tuple[torch.Tensor, float, float]:
    """Eq. 7 of Schulman et al. 2017 and the entropy bonus; KL and share of clipped samples: means over the samples."""
    total, kl, clipped = torch.zeros(()), 0.0, 0
    for obs, u, old, advantage in samples:
        mean, log_std = actor(obs[None])
        normal = Normal(mean[0], log_std[0].exp())
        ratio = (normal.log_prob(u).sum() - old).exp()
        total = total + torch.min(ratio * advantage, ratio.clamp(1 - s.clip, 1 + s.clip) * advantage)
        total = total + s.entropy_coefficient * normal.entropy().sum()
        ratio = ratio.item()
        kl, clipped = kl + ratio - 1 - math.log(ratio), clipped + (abs(ratio - 1) > s.clip)
    return total / len(samples), kl / len(samples), clipped / len(samples)


def textbook(run: PPO, actor: torch.nn.Module, value: torch.nn.Module) -> dict[str, float]:
    """Do what `run` did in its first epoch, to `actor` and `value` as they were before, in place."""
    s, generator = run.settings, torch.Generator()
    generator.manual_seed(int(np.random.SeedSequence([run.seed, 0, 3]).generate_state(3)[2]))
    *samples, target = plain_samples(run, actor, value)
    # The order is one of all samples, step by step; those of frozen environments are passed over.
    alive = (~run.rollouts.trajectory.frozen).tolist()
    places = {i: place for place, i in enumerate(i for i in range(STEPS * ENVS) if alive[i % ENVS])}
    memories, size, weights, theta = ({}, {}), s.minibatch_rows * ENVS, list(actor.parameters()), list(value.parameters())
    for _ in range(s.passes):
        drawn = torch.randperm(STEPS * ENVS, generator=generator).tolist()
        order, rows = [places[i] for i in drawn if i in places], []
        for chosen in (order[start : start + size] for start in range(0, len(order), size)):
            errors = [(value(samples[0][j]) - target[j]) ** 2 for j in chosen]
            value_loss = s.value_coefficient * sum(errors) / len(chosen)
            adam_step(theta, torch.autograd.grad(value_loss, theta), memories[0], s.value_learning_rate, s.max_grad_norm)
            objective, *rest = plain_objective(actor, s, [[x[j] for x in samples] for j in chosen])
            gradient = torch.autograd.grad(-objective, weights)
            adam_step(weights, gradient, memories[1], s.policy_learning_rate, s.max_grad_norm)
            norm = math.sqrt(sum(float(g.square().sum()) for g in gradient))
            rows.append([len(chosen) * x for x in (-objective.item(), value_loss.item(), *rest, norm)])
    names = ("policy_loss", "value_loss", "kl", "clip_fraction", "policy_grad_norm")
    return {name: sum(column) / len(target) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


@pytest.mark.parametrize("frozen", [(), (1, 4)])
@pytest.mark.parametrize(
    "changes",
    [
        {"passes": 1, "minibatch_rows": STEPS},  # one rollout, one minibatch: one step
        {"passes": 3, "minibatch_rows": STEPS, "policy_learning_rate": 0.1, "clip": 0.05},
        {"passes": 3, "minibatch_rows": 2, "clip": 0.02, "entropy_coefficient": 0.1, "max_grad_norm": 0.05},
        {"passes": 2, "minibatch_rows": 2, "normalise_advantage": False, "gamma": 0.9, "gae_lambda": 0.7},
    ],
)
def test_the_update_is_that_of_the_textbook(changes: dict, frozen: tuple[int, ...]) -> None:
    run = exact(frozen, **changes)
    actor, value = copy.deepcopy(run.actor), copy.deepcopy(run.learner.value)
    found = asdict(run.run_epoch())
    expected = textbook(run, actor, value)
    for network, reference in ((run.actor, actor), (run.learner.value, value)):
        for parameter, wanted in zip(network.parameters(), reference.parameters(), strict=True):
            torch.testing.assert_close(parameter, wanted, rtol=1e-7, atol=1e-9)
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert found["clip_fraction"] > 0 or "clip" not in changes
