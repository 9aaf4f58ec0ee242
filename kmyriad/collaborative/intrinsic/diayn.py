"""DIAYN (Eysenbach et al., 2018): a policy of many skills, each rewarded for states by which it can be told from the others."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from kmyriad.collaborative.batched import BatchedMLP
from kmyriad.collaborative.networks import Networks
from kmyriad.collaborative.replay import Batch, Visited
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Pool, SeedOf, Step
from kmyriad.settings.collaborative.baselines import DiaynSettings


class SkilledPool:
    """A pool whose observations end with the episode's skill z, as `skills` features of which one is 1; see `Pool`.

    The skill follows from the episode's seed, uniformly. It stays what it is until the episode is over.
    """

    def __init__(self, pool: Pool, skills: int) -> None:
        self._pool, self._skills = pool, skills
        self.num_envs, self.obs_dim, self.action_dim = pool.num_envs, pool.obs_dim + skills, pool.action_dim
        self.horizon = pool.horizon
        self._episode = torch.zeros(pool.num_envs, dtype=torch.int64)

    @property
    def inner(self) -> Pool:
        """The pool without the skills."""
        return self._pool

    def reset(self, seed_of: SeedOf) -> Tensor:
        """Begin episode 0 in every copy and return observations [m, d + skills]."""
        self._seed_of, self._episode = seed_of, torch.zeros_like(self._episode)
        return self._with_skill(self._pool.reset(seed_of))

    def step(self, actions: Tensor) -> Step:
        """Apply actions [m, A] once."""
        step = self._pool.step(actions)
        after = self._with_skill(step.next_obs)
        self._episode = self._episode + step.ended
        return step._replace(next_obs=after, obs=self._with_skill(step.obs))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the pool's state, and which episode each copy is in."""
        return {**self._pool.state_dict(), "skilled.episode": self._episode}

    def load_state_dict(self, state: dict[str, Tensor], seed_of: SeedOf) -> Tensor:
        """Go on from what `state_dict` returned; return the observations [m, d + skills] to act on."""
        self._seed_of, self._episode = seed_of, state["skilled.episode"].clone()
        inner = {name: value for name, value in state.items() if name != "skilled.episode"}
        return self._with_skill(self._pool.load_state_dict(inner, seed_of))

    def _with_skill(self, obs: Tensor) -> Tensor:
        skill = [self._seed_of(place, episode) % self._skills for place, episode in enumerate(self._episode.tolist())]
        return torch.cat([obs, F.one_hot(torch.tensor(skill), self._skills).to(obs)], -1)


class Diayn(Networks):
    """r = log q(z | s') - log p(z), p(z) = 1 / n: what afterstate s' tells of the skill z (DIAYN, eq. 3), in nats.

    q is a network a seed that learns by the cross entropy of all agents' transitions. At an undecided q the reward is 0, at
    best it is log n.

    Args:
        obs_dim: features of an observation, the n of the skill among them.
    """

    learns = True

    def __init__(self, obs_dim: int, agents: int, settings: DiaynSettings, streams: Streams) -> None:
        super().__init__(settings.learning_rate)
        self.skills, self.agents = settings.skills, agents
        widths = (obs_dim - settings.skills, *settings.widths, settings.skills)
        self._network = BatchedMLP(widths, streams.of("encoder"), 1)
        self._learn(network=self._network)

    @torch.no_grad()
    def rewards(self, batch: Batch, replay: Visited) -> Tensor:
        """Return log q(z | s') + log n of each transition, [G, N, B]."""
        found = self._log_q(batch.next_obs) + math.log(self.skills)
        return found.view(batch.reward.shape).expand(-1, self.agents, -1)

    def learn(self, batch: Batch, replay: Visited, streams: Streams) -> Tensor:
        """Take one Adam step; return the losses [G] before it, -log q(z | s') in nats."""
        losses = -self._log_q(batch.next_obs).mean(1)
        self._step("network", losses)
        return losses.detach()

    def _log_q(self, states: Tensor) -> Tensor:
        """Return log q(z | s) [G, R B] of states with their skills, [G, R, B, d + n]."""
        rows, skill = states.flatten(1, 2).split([states.shape[-1] - self.skills, self.skills], -1)
        return (self._network(rows).log_softmax(-1) * skill).sum(-1)
