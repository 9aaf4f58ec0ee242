"""What lets A2C learn? Cartpole-swingup, four environments, an action held for eight steps, and one thing changed at a time.

    python -m experiments.a2c NAME [--seeds 0 1 2] [--actions 140000]

Prints, for each seed, the mean return of the last three of ten evaluations, five episodes each, and the policy's deviation.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from kmyriad.collaborative import CollaborativeTraining
from kmyriad.collaborative.batched import BatchedMLP, clip_per_agent
from kmyriad.collaborative.learners.a2c import A2c
from kmyriad.collaborative.learners.learner import Team
from kmyriad.collaborative.replay import Batch
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import PoolOf
from kmyriad.names import choose
from kmyriad.settings.collaborative.arm import CollaborativeSettings, arm_settings, changed
from kmyriad.settings.collaborative.baselines import A2cSettings

TASK, EVALUATIONS, LAST = "cartpole-swingup", 10, 3


class Squashed(A2c):
    """a = tanh(u) in place of clip(u, -1, 1)."""

    def bounded(self, u: Tensor) -> Tensor:
        """Return tanh(u)."""
        return u.tanh()

    def _log_likelihood(self, mean: Tensor, log_std: Tensor, action: Tensor) -> Tensor:
        u = action.clamp(-1 + 1e-6, 1 - 1e-6).atanh()
        inside = -0.5 * ((u - mean) / log_std.exp()).square() - log_std - 0.5 * math.log(2 * math.pi)
        return (inside - 2 * (math.log(2) - u - F.softplus(-2 * u))).sum(-1)


class Rectified(A2c):
    """ReLU in place of tanh between the layers."""

    def __init__(self, team: Team, a2c: A2cSettings) -> None:
        super().__init__(team, a2c)
        for network in (self.actor, self.critic):
            network._activation = F.relu_


class StateDependent(A2c):
    """Standard deviations that are a second output of the actor."""

    def __init__(self, team: Team, a2c: A2cSettings) -> None:
        super().__init__(team, a2c)
        widths = (team.obs_dim, *team.settings.actor, 2 * team.action_dim)
        mean = self.actor
        self.actor = BatchedMLP(widths, list(team.generators), 1, team.dtype, torch.tanh_, a2c.actor_gain)
        self.actor.log_std = mean.log_std
        self._learn(actor=self.actor)

    def policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation, [G, N, B, A] each."""
        mean, log_std = self.actor(self._seen(obs)).unflatten(1, obs.shape[1:3]).chunk(2, -1)
        return mean, (log_std + self.actor.log_std[:, None]).clamp(*self.a2c.log_std_range)


class RawObservations(A2c):
    """Observations as they are."""

    def _seen(self, obs: Tensor) -> Tensor:
        return obs.flatten(1, 2)


class RawRewards(A2c):
    """Rewards as they are."""

    def _scaled(self, batch: Batch, reward: Tensor) -> Tensor:
        return reward


class Raw(RawObservations, RawRewards):
    """Both."""


class SeparateClips(A2c):
    """Each network's gradients clipped to a norm of their own."""

    def _descend(self, actor: Tensor, critic: Tensor) -> None:
        for name, loss in (("actor", actor), ("critic", critic)):
            gradients = self._gradients(name, loss)
            clip_per_agent(gradients, self.groups, self.a2c.clip)
            self._optimisers[name].step(gradients)


class RmsProp(A2c):
    """torch.optim.RMSprop in place of Adam, as Stable-Baselines3: decay 0.99, epsilon 1e-5."""

    def __init__(self, team: Team, a2c: A2cSettings) -> None:
        super().__init__(team, a2c)
        self._rms = torch.optim.RMSprop([*self.actor.parameters(), *self.critic.parameters()], a2c.learning_rate, 0.99, 1e-5)

    def _descend(self, actor: Tensor, critic: Tensor) -> None:
        gradients = [*self._gradients("actor", actor), *self._gradients("critic", critic)]
        clip_per_agent(gradients, self.groups, self.a2c.clip)
        for parameter, gradient in zip(self._rms.param_groups[0]["params"], gradients, strict=True):
            parameter.grad = gradient
        self._rms.step()


class Variant(NamedTuple):
    """What a row of the table changes."""

    learner: Callable[[Team, A2cSettings], A2c] = A2c
    a2c: Mapping[str, float] = {}
    agents: int = 4


VARIANTS = {
    "ours": Variant(),
    "squashed": Variant(Squashed),
    "relu": Variant(Rectified),
    "state_std": Variant(StateDependent),
    "full_gain": Variant(a2c={"actor_gain": math.sqrt(2)}),
    "raw_observations": Variant(RawObservations),
    "raw_rewards": Variant(RawRewards),
    "raw": Variant(Raw),
    "separate_clips": Variant(SeparateClips),
    "rmsprop": Variant(RmsProp),
    "lr1e-3": Variant(a2c={"learning_rate": 1e-3}),
    "lr3e-4": Variant(a2c={"learning_rate": 3e-4}),
    "entropy": Variant(a2c={"entropy": 1e-4}),
}


def settings_of(variant: Variant, actions: int) -> CollaborativeSettings:
    """Return the arm's settings for so many actions of all environments together."""
    base = {
        "agents": variant.agents,
        "env_steps": actions // 10,  # the arm takes them ten times
        "seed_steps": 20 * variant.agents,
        "repeat": 8,
        "sac": {"actor": (64, 64), "critic": (64, 64), "batch": 64, "buffer": 8000},
        "evaluation": {"interval": actions // EVALUATIONS, "episodes": 5, "last": LAST},
        "a2c": dict(variant.a2c),
    }
    settings = CollaborativeSettings.model_validate(base)
    arm = arm_settings("a2c", settings)
    return changed(arm, {"a2c": dict(variant.a2c)})


def trained(name: str, seeds: Sequence[int], actions: int, pool_of: PoolOf | None = None) -> tuple[Tensor, A2c]:
    """Return the evaluations [EVALUATIONS, G] of a training, and the learner."""
    variant = VARIANTS[choose(name, VARIANTS, "variant")]
    settings = settings_of(variant, actions)
    training = CollaborativeTraining(TASK, settings, seeds, pool_of)
    obs_dim, action_dim = training._space.obs_dim, training._space.action_dim
    team = Team(obs_dim, action_dim, variant.agents, settings.sac, Streams(seeds).of("networks"))
    training.learner = learner = variant.learner(team, settings.a2c)
    rows = [[seed.evaluation for seed in training.run_epoch().seeds] for _ in range(EVALUATIONS)]
    return torch.tensor(rows), learner
