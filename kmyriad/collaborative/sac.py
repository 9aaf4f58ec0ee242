"""Soft actor-critic (Haarnoja et al., 2018) for N agents of G seeds at once, each with its own networks."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from kmyriad.collaborative.batched import BatchedMLP, clip_per_agent, follow, sample_tanh_gaussian
from kmyriad.collaborative.replay import Batch
from kmyriad.policies.optimiser_state import pack, unpack
from kmyriad.settings.collaborative import SacSettings

TWINS = 2


class Losses(NamedTuple):
    """What an update measured for each agent, all [G, N], before its steps."""

    critic: Tensor
    """Mean squared error over the batch and the twins."""
    actor: Tensor
    entropy: Tensor
    """-E log pi in nats."""
    temperature: Tensor
    """alpha."""


class Temperature(nn.Module):
    """alpha = exp(log_alpha), one for each agent."""

    def __init__(self, agents: int, initial: float, dtype: torch.dtype) -> None:
        super().__init__()
        self.log_alpha = nn.Parameter(torch.full((agents,), initial, dtype=dtype).log())

    def forward(self) -> Tensor:
        """Return alpha [agents]."""
        return self.log_alpha.exp()


class Sac:
    """G * N soft actor-critics; agent n of group g has the networks g * N + n, its twins lie side by side.

    An update is critic, target, actor with the new critic, temperature, as in the public jaxrl2. The agents meet in nothing:
    each loss is that agent's own mean, each gradient is clipped by its own norm, and Adam works element by element.

    Args:
        generators: one a group, for its initial weights.
        dtype: of all networks; float64 is for tests.
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
        self.groups, self.agents, self.action_dim, self.settings, self.dtype = (
            len(generators),
            agents,
            action_dim,
            settings,
            dtype,
        )
        critic_widths = (obs_dim + action_dim, *settings.critic, 1)
        self.actor = BatchedMLP((obs_dim, *settings.actor, 2 * action_dim), generators, agents, dtype)
        self.critic = BatchedMLP(critic_widths, generators, TWINS * agents, dtype)
        self.target = BatchedMLP(critic_widths, generators, TWINS * agents, dtype).requires_grad_(False)
        self.target.load_state_dict(self.critic.state_dict())
        self.temperature = Temperature(self.groups * agents, settings.initial_temperature, dtype)
        self._learners: dict[str, nn.Module] = {"actor": self.actor, "critic": self.critic, "temperature": self.temperature}
        # Fused: one pass over each tensor, where foreach makes a dozen.
        self._optimisers = {
            name: torch.optim.Adam(module.parameters(), lr=settings.learning_rate, fused=True)
            for name, module in self._learners.items()
        }

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
        obs, action, next_obs = (self._per_agent(each) for each in (batch.obs, batch.action, batch.next_obs))
        mask = batch.mask.expand(-1, self.agents, -1).flatten(0, 1)
        next_noise, new_noise = noise.flatten(1, 2)
        aim = self._aim(reward.flatten(0, 1), mask, next_obs, next_noise)
        critic = self._update_critic(obs, action, aim)
        follow(self.target, self.critic, self.settings.tau)
        actor, entropy = self._update_actor(obs, new_noise)
        temperature = self._update_temperature(entropy)
        return Losses(*(each.view(self.groups, self.agents) for each in (critic, actor, entropy, temperature)))

    def state_dict(self) -> dict[str, Tensor]:
        """Return weights, target weights and Adam's moments."""
        state = {f"target.{name}": value for name, value in self.target.state_dict().items()}
        for name, module in self._learners.items():
            state |= pack(name, module, self._optimisers[name])
        return state

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of other networks.
        """
        for name, module in self._learners.items():
            unpack(name, state, module, self._optimisers[name])
        self.target.load_state_dict({name: state[f"target.{name}"] for name in self.target.state_dict()})

    @torch.no_grad()
    def _aim(self, reward: Tensor, mask: Tensor, next_obs: Tensor, noise: Tensor) -> Tensor:
        """Return r + gamma mask (min Q'(s', a') - alpha log pi(a' | s')), [GN, B]."""
        action, log_prob = sample_tanh_gaussian(*self._policies(next_obs), noise)
        value = self._q_values(self.target, next_obs, action).amin(1) - self.temperature()[:, None] * log_prob
        return reward + self.settings.gamma * mask * value

    def _update_critic(self, obs: Tensor, action: Tensor, aim: Tensor) -> Tensor:
        losses = (self._q_values(self.critic, obs, action) - aim[:, None]).square().mean((1, 2))
        self._step("critic", losses, self.settings.critic_clip)
        return losses.detach()

    def _update_actor(self, obs: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        action, log_prob = sample_tanh_gaussian(*self._policies(obs), noise)
        twins = self._q_values(self.critic, obs, action)
        value = twins.mean(1) if self.settings.actor_reduction == "mean" else twins.amin(1)
        losses = (self.temperature().detach()[:, None] * log_prob - value).mean(1)
        self._step("actor", losses, self.settings.actor_clip)
        return losses.detach(), -log_prob.detach().mean(1)

    def _update_temperature(self, entropy: Tensor) -> Tensor:
        """Descend alpha (H - H_target): alpha falls while the policy's entropy is above the target."""
        alpha = self.temperature()
        self._step("temperature", alpha * (entropy - self.settings.target_entropy * self.action_dim), None)
        return alpha.detach()

    def _step(self, name: str, losses: Tensor, clip: float | None) -> None:
        parameters = list(self._learners[name].parameters())
        # Only what these parameters need: the actor's loss costs no gradients of the critic's weights.
        gradients = torch.autograd.grad(losses.sum(), parameters)
        if clip is not None:
            clip_per_agent(gradients, self.groups * self.agents, clip)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        self._optimisers[name].step()

    def _policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_std = self.actor(obs).chunk(2, -1)
        return mean, log_std.clamp(*self.settings.log_std_range)

    def _q_values(self, critic: BatchedMLP, obs: Tensor, action: Tensor) -> Tensor:
        """Return [GN, 2, B]."""
        pairs = torch.cat([obs, action], -1)
        twice = pairs[:, None].expand(-1, TWINS, -1, -1).flatten(0, 1)
        return critic(twice).view(len(pairs), TWINS, -1)

    def _per_agent(self, shared: Tensor) -> Tensor:
        """Return [GN, B, .] of [G, 1 or N, B, .]."""
        return shared.expand(-1, self.agents, -1, -1).flatten(0, 1)
