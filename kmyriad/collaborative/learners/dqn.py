"""Deep Q-networks (Mnih et al., 2015) for N agents of G seeds at once, each with its own network."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from kmyriad.collaborative.learners.learner import Losses, Team
from kmyriad.collaborative.learners.off_policy import OffPolicy
from kmyriad.collaborative.pictures import as_input, make_network
from kmyriad.collaborative.replay import Batch, Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Space
from kmyriad.settings.collaborative.dqn import DqnSettings


def epsilon(steps: int, settings: DqnSettings) -> float:
    """Return the share of random actions after `steps` steps of a seed's agents by policy: it falls linearly, then stays."""
    share = min(1.0, steps / settings.epsilon_steps)
    return settings.epsilon_start + share * (settings.epsilon_end - settings.epsilon_start)


def greedy_entropy(share: float, choices: int) -> float:
    """Return the entropy, in nats, of taking the best of `choices` actions, and with probability `share` any at random."""
    other = share / choices
    best = 1 - share + other
    return -sum(p * math.log(p) for p in (best, *[other] * (choices - 1)) if p > 0)


class Dqn(OffPolicy):
    """G * N deep Q-networks; agent n of group g has network g * N + n. See `Learner`; actions are integers [..., 1].

    y = r + gamma mask max_a Q'(s', a), Q' a copy of Q from at most `target_period` updates ago; the loss is Huber's of
    y - Q(s, a), which is what clipping the error to [-1, 1] means. Double DQN takes Q'(s', argmax_a Q(s', a)) for the maximum.
    Each agent's gradient is clipped by its own norm, and Adam takes the step, as in the other methods.
    """

    def __init__(self, space: Space, team: Team, dqn: DqnSettings) -> None:
        super().__init__(team.settings.learning_rate)
        self.groups, self.agents, self.action_dim, self.dtype = len(team.generators), team.agents, 1, team.dtype
        self.settings, self.dqn, self._space = team.settings, dqn, space
        widths = (*team.settings.critic, space.choices)
        self.critic, self.target = (
            make_network(space, dqn.convolutions, widths, team.generators, team.agents, team.dtype) for _ in range(2)
        )
        self.target.load_state_dict(self.critic.state_dict())
        self._keep(target=self.target)
        self._learn(critic=self.critic)
        self._steps, self._updates = 0, 0

    def values(self, obs: Tensor) -> Tensor:
        """Return every agent's Q^i(s, .): obs [G, N, B, d] -> [G, N, B, choices]."""
        found: Tensor = self.critic(self._read(obs).flatten(0, 1))
        return found.unflatten(0, (self.groups, -1))

    def policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Raise NotImplementedError: the actions are choices."""
        raise NotImplementedError("DQN's actions are choices, not Gaussian: collect by its own policy (unroll.how = own)")

    def bounded(self, u: Tensor) -> Tensor:
        """Raise NotImplementedError: as `policies`."""
        return self.policies(u)[0]

    def q_values(self, obs: Tensor, action: Tensor) -> Tensor:
        """Return every agent's Q^i(s, a), one instead of twins: obs [G, N, B, d], action [G, N, B, 1] -> [G, N, 1, B]."""
        return self.values(obs).gather(-1, action.long()).mT

    def random(self, streams: Streams) -> Tensor:
        """Return actions [G, N, 1], each as likely as the others."""
        return streams.integers("explore", self._space.choices, self.agents, 1)

    @torch.no_grad()
    def explore(self, obs: Tensor, streams: Streams) -> Tensor:
        """Return actions [G, N, 1] for observations [G, N, d]: random ones with probability `epsilon`, else the best."""
        best = self.values(obs[:, :, None])[:, :, 0].argmax(-1, keepdim=True)
        deviate = streams.uniform("act", self.agents, 1) < epsilon(self._steps, self.dqn)
        self._steps += self.agents
        return torch.where(deviate, self.random(streams), best)

    @torch.no_grad()
    def perform(self, obs: Tensor, streams: Streams) -> Tensor:
        """Return each agent's actions [G, N, E, 1] for observations [G, N, E, d]; some are random, in all agents the same."""
        best = self.values(obs).argmax(-1, keepdim=True)
        places = (1, obs.shape[2], 1)
        deviate = streams.uniform("evaluate", *places) < self.dqn.evaluation_epsilon
        return torch.where(deviate, streams.integers("evaluate", self._space.choices, *places), best)

    def draw(self, replay: Replay, streams: Streams) -> Batch:
        """Return the transitions of an update, their rewards clipped."""
        batch = super().draw(replay, streams)
        limit = self.dqn.reward_clip
        return batch if limit is None else batch._replace(reward=batch.reward.clamp(-limit, limit))

    def update(self, batch: Batch, reward: Tensor, noise: Tensor) -> Losses:
        """Take one step of every agent with rewards [G, N, B] instead of the batch's; `noise` is not used."""
        obs, action, next_obs = (self._per_agent(each) for each in (batch.obs, batch.action, batch.next_obs))
        mask = batch.mask.expand(-1, self.agents, -1).flatten(0, 1)
        aim = reward.flatten(0, 1) + self.settings.gamma * mask * self._next_values(next_obs)
        value = self.critic(self._read(obs)).gather(-1, action.long())[..., 0]
        losses = F.huber_loss(value, aim, reduction="none").mean(1)
        self._step("critic", losses, self.settings.critic_clip)
        self._updates += 1
        if self._updates % self.dqn.target_period == 0:
            self.target.load_state_dict(self.critic.state_dict())
        return self._measured(losses.detach().view(self.groups, self.agents))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the networks, Adam's moments, and how many steps and updates there were."""
        return super().state_dict() | {"counters": torch.tensor([self._steps, self._updates])}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of other networks.
        """
        super().load_state_dict(state)
        self._steps, self._updates = state["counters"].tolist()

    @torch.no_grad()
    def _next_values(self, next_obs: Tensor) -> Tensor:
        """Return the value of the next state, [GN, B]."""
        seen = self._read(next_obs)
        values: Tensor = self.target(seen)
        best = (self.critic(seen) if self.dqn.double else values).argmax(-1, keepdim=True)
        return values.gather(-1, best)[..., 0]

    def _measured(self, losses: Tensor) -> Losses:
        spread = torch.full_like(losses, greedy_entropy(epsilon(self._steps, self.dqn), self._space.choices))
        nothing = torch.full_like(losses, math.nan)
        return Losses(losses, nothing, spread, nothing)

    def _read(self, obs: Tensor) -> Tensor:
        return as_input(obs, self._space.picture, self.dtype)
