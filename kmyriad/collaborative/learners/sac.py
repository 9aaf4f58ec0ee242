"""Soft actor-critic (Haarnoja et al., 2018) for N agents of G seeds at once, each with its own networks."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kmyriad.collaborative.batched import BatchedMLP, follow, sample_tanh_gaussian
from kmyriad.collaborative.learners.gaussian import TanhGaussian
from kmyriad.collaborative.learners.learner import Losses
from kmyriad.collaborative.learners.off_policy import OffPolicy
from kmyriad.collaborative.replay import Batch
from kmyriad.settings.collaborative.arm import SacSettings

TWINS = 2


class Temperature(nn.Module):
    """alpha = exp(log_alpha), one for each agent."""

    def __init__(self, agents: int, initial: float, dtype: torch.dtype) -> None:
        super().__init__()
        self.log_alpha = nn.Parameter(torch.full((agents,), initial, dtype=dtype).log())

    def forward(self) -> Tensor:
        """Return alpha [agents]."""
        return self.log_alpha.exp()


class Sac(TanhGaussian, OffPolicy):
    """G * N soft actor-critics; agent n of group g has the networks g * N + n, its twins lie side by side.

    An update is critic, target, actor with the new critic, temperature, as in the public jaxrl2. The agents meet in nothing:
    each loss is that agent's own mean, each gradient is clipped by its own norm, and Adam works element by element.

    Its arguments are the fields of a `Team`.
    """

    def __init__(
        self,
        obs_dim: int,
        action_dim: int,
        agents: int,
        settings: SacSettings,
        generators: Sequence[torch.Generator],
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(settings.learning_rate)
        self.groups, self.agents, self.action_dim, self.dtype = len(generators), agents, action_dim, dtype
        self.settings = settings
        self.actor, self.critic, self.target = self._networks(obs_dim, generators)
        self.target.load_state_dict(self.critic.state_dict())
        self.temperature = Temperature(self.groups * agents, settings.initial_temperature, dtype)
        self._keep(target=self.target)
        self._learn(actor=self.actor, critic=self.critic, temperature=self.temperature)

    def policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation of u, action = tanh(u): obs [G, N, B, d] -> each [G, N, B, A]."""
        mean, log_std = self._policies(obs.flatten(0, 1))
        return mean.unflatten(0, (self.groups, -1)), log_std.unflatten(0, (self.groups, -1))

    def q_values(self, obs: Tensor, action: Tensor) -> Tensor:
        """Return every agent's two Q^i(s, a): obs [G, N, B, d], action [G, N, B, A] -> [G, N, 2, B]."""
        values = self._q_values(self.critic, obs.flatten(0, 1), action.flatten(0, 1))
        return values.unflatten(0, (self.groups, -1))

    def update(self, batch: Batch, reward: Tensor, noise: Tensor) -> Losses:
        """Take one step of every agent.

        Shapes: `reward` [G, N, B] replaces the batch's own; `noise` [2, G, N, B, A], standard normal, makes the next actions
        and those of the actor's step.
        """
        obs, next_obs = self._observed(batch)
        action, mask = self._per_agent(batch.action), batch.mask.expand(-1, self.agents, -1).flatten(0, 1)
        next_noise, new_noise = noise.flatten(1, 2)
        values, log_prob = self._next_values(next_obs, next_noise)
        weights = self._weights(batch, values)
        aim = reward.flatten(0, 1) + self.settings.gamma * mask * (self._pessimistic(values) - log_prob)
        critic, actor, surprise = self._descend(obs, action, aim, new_noise, weights)
        temperature = self._update_temperature(surprise, weights)
        return Losses(*(each.view(self.groups, self.agents) for each in (critic, actor, surprise.mean(1), temperature)))

    def _networks(self, obs_dim: int, generators: Sequence[torch.Generator]) -> tuple[nn.Module, nn.Module, nn.Module]:
        """Return actor, critic and target."""
        critic_widths = (obs_dim + self.action_dim, *self.settings.critic, 1)
        actor = self._network((obs_dim, *self.settings.actor, 2 * self.action_dim), generators, 1)
        critic, target = (self._network(critic_widths, generators, TWINS) for _ in range(2))
        return actor, critic, target

    def _observed(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the states and afterstates as `_descend` and `_next_values` take them."""
        return self._per_agent(batch.obs), self._per_agent(batch.next_obs)

    def _pessimistic(self, values: Tensor) -> Tensor:
        """Return of both target critics' values [GN, 2, B] what the target is made of, [GN, B]."""
        return values.amin(1)

    def _descend(
        self, obs: Tensor, action: Tensor, aim: Tensor, noise: Tensor, weights: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Take the critic's, the target's and the actor's step; return both losses [GN] and `_update_actor`'s -log pi."""
        critic = self._update_critic(obs, action, aim, weights)
        follow(self.target, self.critic, self.settings.tau)
        return critic, *self._update_actor(obs, noise, weights)

    def _network(self, widths: Sequence[int], generators: Sequence[torch.Generator], count: int) -> nn.Module:
        """Return `count` networks for each agent; what [GN * count, B, widths[0]] they take is agent by agent."""
        return BatchedMLP(widths, generators, count * self.agents, self.dtype)

    def _weights(self, batch: Batch, values: Tensor) -> Tensor | None:
        """Return the factors [2, GN, B] of the critic's and the actor's terms, whose sums are the losses; None: means.

        The actor's are the temperature's too.

        `values` are the target critics' [GN, 2, B] of the next states and actions.
        """
        return None

    @torch.no_grad()
    def _next_values(self, next_obs: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Return Q'(s', a') [GN, 2, B] and alpha log pi(a' | s') [GN, B]; the soft value is min Q' less the second."""
        action, cost = self._drawn(next_obs, noise)
        return self._q_values(self.target, next_obs, action), cost

    def _drawn(self, obs: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Return actions [GN, B, A] that the policies draw, and alpha log pi of them, [GN, B]."""
        action, log_prob = sample_tanh_gaussian(*self._policies(obs), noise)
        return action, self.temperature()[:, None] * log_prob

    def _update_critic(self, obs: Tensor, action: Tensor, aim: Tensor, weights: Tensor | None) -> Tensor:
        errors = (self._q_values(self.critic, obs, action) - aim[:, None]).square()
        losses = errors.mean((1, 2)) if weights is None else (weights[0] * errors.mean(1)).sum(1)
        self._step("critic", losses, self.settings.critic_clip)
        return losses.detach()

    def _update_actor(self, obs: Tensor, noise: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
        """Take a step; return the losses [GN] and -log pi of the actions drawn, [GN, B]."""
        action, log_prob = sample_tanh_gaussian(*self._policies(obs), noise)
        twins = self._q_values(self.critic, obs, action)
        value = twins.mean(1) if self.settings.actor_reduction == "mean" else twins.amin(1)
        terms = self.temperature().detach()[:, None] * log_prob - value
        losses = terms.mean(1) if weights is None else (weights[1] * terms).sum(1)
        self._step("actor", losses, self.settings.actor_clip)
        return losses.detach(), -log_prob.detach()

    def _update_temperature(self, surprise: Tensor, weights: Tensor | None) -> Tensor:
        """Descend alpha (H - H_target), H the mean of `surprise`: alpha falls while the policy's entropy is above the target."""
        alpha, target = self.temperature(), self.settings.target_entropy * self.action_dim
        excess = surprise.mean(1) - target if weights is None else (weights[1] * (surprise - target)).sum(1)
        self._step("temperature", alpha * excess)
        return alpha.detach()

    def _policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_std = self.actor(obs).chunk(2, -1)
        return mean, log_std.clamp(*self.settings.log_std_range)

    def _q_values(self, critic: nn.Module, obs: Tensor, action: Tensor) -> Tensor:
        """Return [GN, 2, B]."""
        pairs = torch.cat([obs, action], -1)
        twice = pairs[:, None].expand(-1, TWINS, -1, -1).flatten(0, 1)
        values: Tensor = critic(twice)
        return values.view(len(pairs), TWINS, -1)
