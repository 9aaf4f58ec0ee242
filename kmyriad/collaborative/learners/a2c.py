"""Advantage actor-critic (Mnih et al., 2016, synchronous): one policy, of whose latest steps in N environments it learns once."""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Normal

from kmyriad.collaborative.batched import BatchedMLP, clip_per_agent
from kmyriad.collaborative.learners.gaussian import ClippedGaussian
from kmyriad.collaborative.learners.learner import Losses, Team
from kmyriad.collaborative.moments import Moments
from kmyriad.collaborative.networks import Networks
from kmyriad.collaborative.replay import Batch, Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.policies.rmsprop import RmsProp
from kmyriad.settings.collaborative.baselines import A2cSettings

_TINY = 1e-8
"""Added to variances (Stable-Baselines3's VecNormalize)."""


def bootstrapped(reward: Tensor, mask: Tensor, ended: Tensor, next_values: Tensor, gamma: float) -> Tensor:
    """Return R_t = r_t + gamma mask_t (R_(t+1), or V(s'_t) where the episode or the rollout ends at t), all [..., T]."""
    later, returns = next_values[..., -1], []
    for time in reversed(range(reward.shape[-1])):
        later = torch.where(ended[..., time], next_values[..., time], later)
        later = reward[..., time] + gamma * mask[..., time] * later
        returns.append(later)
    return torch.stack(returns[::-1], -1)


def log_likelihood(mean: Tensor, log_std: Tensor, action: Tensor) -> Tensor:
    """Return log pi(a), in nats, of actions a = clip(u, -1, 1), u Gaussian, as they are recorded: all [..., A] -> [...].

    An action at a bound is the event that u lies beyond it. Its log-probability has the expected gradient of log N(u), and a
    smaller variance (clipped-action policy gradient, Fujita and Maeda, 2018).
    """
    std = log_std.exp()
    inside = Normal(mean, std, validate_args=False).log_prob(action)
    beyond = torch.special.log_ndtr((action.sign() * mean - 1) / std)
    return torch.where(action.abs() < 1, inside, beyond).sum(-1)


class Actor(BatchedMLP):
    """The means of M Gaussians, tanh networks of the state, and their log standard deviations [M, 1, A], which know no state.

    Args: those of `BatchedMLP`.
    """

    def __init__(self, widths: tuple[int, ...], generators: list[torch.Generator], dtype: torch.dtype, gain: float) -> None:
        super().__init__(widths, generators, 1, dtype, torch.tanh_, gain)
        self.log_std = nn.Parameter(torch.zeros(len(generators), 1, widths[-1], dtype=dtype))


class A2c(ClippedGaussian, Networks):
    """A Gaussian policy and a value for each seed; the N agents are its environments, so all are alike. See `Learner`.

    Loss: -E[(R - V(s)) log pi(a | s)] + c E (R - V(s))^2 - beta H, H the entropy of u, a = clip(u, -1, 1). As in
    Stable-Baselines3 with VecNormalize: layers of tanh, a small last one in the actor; RMSprop; both networks' gradients clipped
    as one. Observations have running mean 0 and variance 1, and rewards are divided by the running standard deviation of their
    discounted sums. These moments change with every step there, here with every update: those of the observations after it, so
    that a rollout is learned from as it was acted. Nothing changes them in evaluation.

    Widths and the discount are those of the other methods.
    """

    def __init__(self, team: Team, a2c: A2cSettings) -> None:
        super().__init__(a2c.learning_rate)
        self.groups, self.agents, self.action_dim, self.dtype = len(team.generators), team.agents, team.action_dim, team.dtype
        self.settings, self.a2c = team.settings, a2c
        generators, dtype = list(team.generators), team.dtype
        self.actor = Actor((team.obs_dim, *team.settings.actor, team.action_dim), generators, dtype, a2c.actor_gain)
        self.critic = BatchedMLP((team.obs_dim, *team.settings.critic, 1), generators, 1, dtype, torch.tanh_, a2c.critic_gain)
        self._learn(actor=self.actor, critic=self.critic)
        self._states, self._sums = Moments(self.groups, team.obs_dim), Moments(self.groups)
        self._sum = torch.zeros(self.groups, self.agents, dtype=torch.float64)

    def policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation of u, action = clip(u, -1, 1): obs [G, N, B, d] -> each [G, N, B, A]."""
        mean = self.actor(self._seen(obs)).unflatten(1, obs.shape[1:3])
        return mean, self.actor.log_std[:, None].expand_as(mean)

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
        returns, values = self._returns(batch, self._scaled(batch, reward)), self._values(batch.obs)
        critic = (returns - values).square().mean((1, 2))
        mean, log_std = self.policies(batch.obs)
        log_prob = self._log_likelihood(mean, log_std, batch.action)
        spread = (log_std + 0.5 * math.log(2 * math.pi * math.e)).sum(-1).mean((1, 2))
        actor = -((returns - values).detach() * log_prob).mean((1, 2)) - self.a2c.entropy * spread
        self._descend(actor, self.a2c.value_weight * critic)
        self._states.add(batch.obs.flatten(1, 2), 1)
        found = (critic, actor, -log_prob.mean((1, 2)), torch.full_like(critic, math.nan))
        return Losses(*(each.detach()[:, None].expand(-1, self.agents) for each in found))

    def state_dict(self) -> dict[str, Tensor]:
        """Return weights, moments of RMSprop, of the observations (the actor's, it acts by them) and of the sums of rewards."""
        moments = self._states.state_dict("actor.states") | self._sums.state_dict("sums")
        return super().state_dict() | moments | {"sum": self._sum}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of other networks.
        """
        super().load_state_dict(state)
        self._states.load_state_dict("actor.states", state)
        self._sums.load_state_dict("sums", state)
        self._sum = state["sum"].clone()

    def _log_likelihood(self, mean: Tensor, log_std: Tensor, action: Tensor) -> Tensor:
        return log_likelihood(mean, log_std, action)

    def _seen(self, obs: Tensor) -> Tensor:
        """Return observations [G, N, B, d] as both networks see them, [G, N B, d]."""
        moments, clip = self._states, self.a2c.normalised_clip
        scaled = (obs.flatten(1, 2) - moments.mean[:, None]) / (moments.variance[:, None] + _TINY).sqrt()
        return scaled.clamp(-clip, clip).to(self.dtype)

    def _scaled(self, batch: Batch, reward: Tensor) -> Tensor:
        """Return rewards [G, N, T] over the standard deviation of their discounted sums, which take them in first."""
        if not batch.begin.numel():
            raise ValueError("the batch does not say when its episodes began: take that of draw")
        sums = []
        for time in range(reward.shape[-1]):
            begins = batch.begin[..., time] == batch.step[..., time]
            self._sum = reward[..., time] + self.settings.gamma * self._sum.masked_fill(begins, 0.0)
            sums.append(self._sum)
        self._sums.add(torch.stack(sums, -1).flatten(1, 2), 1)
        clip = self.a2c.normalised_clip
        return (reward / (self._sums.variance[:, None, None] + _TINY).sqrt()).clamp(-clip, clip).to(self.dtype)

    @torch.no_grad()
    def _returns(self, batch: Batch, reward: Tensor) -> Tensor:
        ended = batch.begin[..., 1:] != batch.begin[..., :-1]
        ended = torch.cat([ended, torch.ones_like(ended[..., :1])], -1)
        return bootstrapped(reward, batch.mask, ended, self._values(batch.next_obs), self.settings.gamma)

    def _values(self, obs: Tensor) -> Tensor:
        """Return V(s) [G, N, T] of states [G, N, T, d]."""
        values: Tensor = self.critic(self._seen(obs))
        return values.view(obs.shape[:3])

    def _optimiser(self, module: nn.Module) -> RmsProp:
        return RmsProp(module, self._learning_rate)

    def _descend(self, actor: Tensor, critic: Tensor) -> None:
        """Take one step down both losses [G], their gradients clipped to one norm."""
        gradients = {"actor": self._gradients("actor", actor), "critic": self._gradients("critic", critic)}
        clip_per_agent([each for network in gradients.values() for each in network], self.groups, self.a2c.clip)
        for name, own in gradients.items():
            self._optimisers[name].step(own)
        with torch.no_grad():
            self.actor.log_std.clamp_(*self.a2c.log_std_range)
