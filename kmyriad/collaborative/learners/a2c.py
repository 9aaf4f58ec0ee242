"""Advantage actor-critic (Mnih et al., 2016, synchronous): one policy, of whose latest steps in N environments it learns once."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.distributions import Normal
from torch.nn import functional as F

from kmyriad.collaborative.batched import BatchedMLP, clip_per_agent
from kmyriad.collaborative.learners.gaussian import TanhGaussian
from kmyriad.collaborative.learners.learner import Losses, Team
from kmyriad.collaborative.networks import Networks
from kmyriad.collaborative.replay import Batch, Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.baselines import A2cSettings

SATURATED = 1 - 1e-4


def bootstrapped(reward: Tensor, mask: Tensor, ended: Tensor, next_values: Tensor, gamma: float) -> Tensor:
    """Return R_t = r_t + gamma mask_t (R_(t+1), or V(s'_t) where the episode or the rollout ends at t), all [..., T]."""
    later, returns = next_values[..., -1], []
    for time in reversed(range(reward.shape[-1])):
        later = torch.where(ended[..., time], next_values[..., time], later)
        later = reward[..., time] + gamma * mask[..., time] * later
        returns.append(later)
    return torch.stack(returns[::-1], -1)


def log_likelihood(mean: Tensor, log_std: Tensor, action: Tensor) -> Tensor:
    """Return log pi(a), in nats, of actions a = tanh(u), u Gaussian, as they are recorded: all [..., A] -> [...].

    Of |a| above `SATURATED` single precision no longer tells u. Such an action is the event that u lies beyond, whose
    log-probability pulls the mean no further once it is there (clipped-action policy gradient, Fujita and Maeda, 2018); that of
    the nearest u would push it away without end whenever the advantage is negative.
    """
    std, bound = log_std.exp(), math.atanh(SATURATED)
    u = action.clamp(-SATURATED, SATURATED).atanh()
    inside = Normal(mean, std, validate_args=False).log_prob(u) - 2 * (math.log(2) - u - F.softplus(-2 * u))
    beyond = torch.special.log_ndtr((action.sign() * mean - bound) / std)
    return torch.where(action.abs() > SATURATED, beyond, inside).sum(-1)


class A2c(TanhGaussian, Networks):
    """A tanh-Gaussian policy and a value for each seed; the N agents are its environments, so all are alike. See `Learner`.

    Actor: -E[(R - V(s)) log pi(a | s)] - beta H, H the entropy of u, a = tanh(u), that of a having no closed form. Critic:
    E (R - V(s))^2. Widths, discount and Adam's step size are those of the other methods.
    """

    def __init__(self, team: Team, a2c: A2cSettings) -> None:
        super().__init__(team.settings.learning_rate)
        self.groups, self.agents, self.action_dim, self.dtype = len(team.generators), team.agents, team.action_dim, team.dtype
        self.settings, self.a2c = team.settings, a2c
        widths = (team.obs_dim, *team.settings.actor, 2 * team.action_dim), (team.obs_dim, *team.settings.critic, 1)
        self.actor, self.critic = (BatchedMLP(each, team.generators, 1, team.dtype) for each in widths)
        self._learn(actor=self.actor, critic=self.critic)

    def policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation of u, action = tanh(u): obs [G, N, B, d] -> each [G, N, B, A]."""
        mean, log_std = self.actor(obs.flatten(1, 2)).unflatten(1, obs.shape[1:3]).chunk(2, -1)
        return mean, log_std.clamp(*self.a2c.log_std_range)

    def q_values(self, obs: Tensor, action: Tensor) -> Tensor:
        """Raise NotImplementedError: the critic judges states only."""
        raise NotImplementedError("A2C has no Q(s, a): collect and evaluate in a way that asks for none")

    def draw(self, replay: Replay, streams: Streams) -> Batch:
        """Return the latest `rollout` steps of every agent, in order, [G, N, T]."""
        length = self.a2c.rollout
        step = (replay.steps - length + torch.arange(length)).expand(self.groups, self.agents, -1)
        agent = torch.arange(self.agents)[:, None].expand_as(step)
        names = ("obs", "action", "reward", "mask", "next_obs", "begin")
        return Batch(**{name: replay.read(name, agent, step) for name in names}, agent=agent, step=step)

    def updates_due(self, done: int, per_step: float) -> int:
        """Return 1 at the end of a rollout of every agent, which is learned from once whatever `per_step` says, else 0."""
        return int((done + self.agents) % (self.agents * self.a2c.rollout) == 0)

    def update(self, batch: Batch, reward: Tensor, noise: Tensor) -> Losses:
        """Take one step with the rollout that `draw` returned and rewards [G, N, T]; `noise` is not used.

        Raises:
            ValueError: the batch does not say when its episodes began.
        """
        returns, values = self._returns(batch, reward), self._values(batch.obs)
        critic = (returns - values).square().mean((1, 2))
        mean, log_std = self.policies(batch.obs)
        log_prob = log_likelihood(mean, log_std, batch.action)
        spread = (log_std + 0.5 * math.log(2 * math.pi * math.e)).sum(-1).mean((1, 2))
        actor = -((returns - values).detach() * log_prob).mean((1, 2)) - self.a2c.entropy * spread
        self._step("critic", critic, self.a2c.clip)
        self._step("actor", actor, self.a2c.clip)
        found = (critic, actor, -log_prob.mean((1, 2)), torch.full_like(critic, math.nan))
        return Losses(*(each.detach()[:, None].expand(-1, self.agents) for each in found))

    @torch.no_grad()
    def _returns(self, batch: Batch, reward: Tensor) -> Tensor:
        if not batch.begin.numel():
            raise ValueError("the batch does not say when its episodes began: take that of draw")
        ended = batch.begin[..., 1:] != batch.begin[..., :-1]
        ended = torch.cat([ended, torch.ones_like(ended[..., :1])], -1)
        return bootstrapped(reward, batch.mask, ended, self._values(batch.next_obs), self.settings.gamma)

    def _values(self, obs: Tensor) -> Tensor:
        """Return V(s) [G, N, T] of states [G, N, T, d]."""
        values: Tensor = self.critic(obs.flatten(1, 2))
        return values.view(obs.shape[:3])

    def _clip(self, name: str, gradients: Sequence[Tensor], limit: float) -> None:
        clip_per_agent(gradients, self.groups, limit)
