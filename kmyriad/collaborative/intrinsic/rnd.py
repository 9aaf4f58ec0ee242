"""Random network distillation (Burda et al., 2019): a state is novel where a learned network does not yet match a random one."""

import torch
from torch import Tensor

from kmyriad.collaborative.batched import BatchedMLP
from kmyriad.collaborative.moments import Moments
from kmyriad.collaborative.networks import Networks
from kmyriad.collaborative.replay import Batch, Visited
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.baselines import RndSettings


class Rnd(Networks):
    """r = |f(x) - g(x)|^2 / std, f learned and g random, x = clip((s' - mean) / std, +-clip) (Burda et al., 2019, 2.2 to 2.4).

    |.|^2 is the mean over features; states and errors are divided by their running standard deviations, and the reward is not
    centred, as in the public url_benchmark. `settings.how` says who has which networks (Table 2, Fig. 14 and Section 5.4):

    one: a seed's agents share one, trained on everybody's data; RND with one agent, RND + CE with several.
    own: each agent's, trained on its own data; RND + Replica.
    each: each agent's, trained on everybody's data; they differ by their initial weights.
    """

    learns = True

    def __init__(self, obs_dim: int, agents: int, settings: RndSettings, streams: Streams) -> None:
        super().__init__(settings.learning_rate)
        self.settings, self.agents = settings, agents
        generators = streams.of("encoder")
        self.groups, self.count = len(generators), 1 if settings.how == "one" else agents
        widths = (obs_dim, *settings.widths)
        self._target = BatchedMLP(widths, generators, self.count)
        self._network = BatchedMLP(widths, generators, self.count)
        self._learn(network=self._network)
        self._keep(target=self._target)
        self._states = Moments(self.groups, self.count, obs_dim)
        self._errors = Moments(self.groups, self.count)

    @torch.no_grad()
    def rewards(self, batch: Batch, replay: Visited) -> Tensor:
        """Return the errors over their running standard deviation, >= 0, [G, N, B]."""
        states = self._for_each(batch.next_obs)
        rewards = self.errors(states) / (self._errors.std[..., None] + 1e-8).float()
        if self.count == 1:
            rewards = rewards.view(self.groups, batch.next_obs.shape[1], -1)  # each reader's batch again
        return rewards.expand(-1, self.agents, -1)

    def learn(self, batch: Batch, replay: Visited, streams: Streams) -> Tensor:
        """Take one Adam step on the mean error, after the moments took in the states and errors; return the losses [G]."""
        states = self._own(replay, batch.next_obs.shape[2], streams) if self.settings.how == "own" else self._everybodys(batch)
        self._states.add(states, 2)
        errors = self.errors(states)
        self._errors.add(errors.detach(), 2)
        losses = errors.mean(2)
        self._step("network", losses)
        return losses.detach().mean(1)

    def errors(self, states: Tensor) -> Tensor:
        """Return the mean squared errors [G, M, B] of M = 1 or N networks at states [G, M, B, d]."""
        centred = (states - self._states.mean[:, :, None]) / (self._states.std[:, :, None] + 1e-8)
        clip = self.settings.clip
        seen = centred.clamp(-clip, clip).to(states.dtype).flatten(0, 1)
        return (self._network(seen) - self._target(seen)).square().mean(-1).unflatten(0, (self.groups, -1))

    def state_dict(self) -> dict[str, Tensor]:
        """Return weights, moments of Adam, of the states and of the errors."""
        return super().state_dict() | self._states.state_dict("states") | self._errors.state_dict("errors")

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of other networks.
        """
        super().load_state_dict(state)
        self._states.load_state_dict("states", state)
        self._errors.load_state_dict("errors", state)

    def _for_each(self, states: Tensor) -> Tensor:
        """Return the states [G, M, ., d] that each network judges, of the readers' [G, 1 or N, B, d]."""
        return states.flatten(1, 2)[:, None] if self.count == 1 else states.expand(-1, self.count, -1, -1)

    def _everybodys(self, batch: Batch) -> Tensor:
        return batch.next_obs.flatten(1, 2)[:, None].expand(-1, self.count, -1, -1)

    def _own(self, replay: Visited, size: int, streams: Streams) -> Tensor:
        """Return as many of each agent's own afterstates as a batch has, [G, N, B, d]."""
        drawn = streams.integers("positives", replay.held, self.agents, size)
        agent = torch.arange(self.agents).view(1, -1, 1).expand_as(drawn)
        return replay.read("next_obs", agent, replay.steps - replay.held + drawn)
