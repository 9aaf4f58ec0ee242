"""The replay buffer: a ring for each agent, from which batches, memory banks and positives are read by index arithmetic."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from kmyriad.collaborative.streams import Streams

_NOTHING = torch.empty(0, 0, 0, dtype=torch.int64)


class Batch(NamedTuple):
    """B transitions for each of Q readers: Q = 1 where all agents of a seed share one batch, else Q = N."""

    obs: Tensor
    """[G, Q, B, d]."""
    action: Tensor
    """[G, Q, B, A], in [-1, 1]; choices are bytes."""
    reward: Tensor
    """[G, Q, B], the task's."""
    mask: Tensor
    """[G, Q, B]: 0 where the episode terminated, 1 also at a time limit."""
    next_obs: Tensor
    """[G, Q, B, d], the afterstates."""
    agent: Tensor
    """[G, Q, B]: whose transition it is."""
    step: Tensor
    """[G, Q, B]: that agent's step, counted from the start of training."""
    begin: Tensor = _NOTHING
    """[G, Q, B]: the step its episode began with, where the transitions are consecutive; empty elsewhere."""
    offset: Tensor = _NOTHING
    """[G, Q, B, 2, 2]: where to cut obs and next_obs out of their padded pictures, see `shifted`; empty: they are as they are."""


class Visited(Protocol):
    """What an intrinsic reward reads of a replay; see `Replay`."""

    @property
    def steps(self) -> int:
        """Steps of each agent so far."""

    @property
    def held(self) -> int:
        """Steps of each agent that can be read."""

    def read(self, name: str, agent: Tensor, step: Tensor) -> Tensor:
        """Return what is stored of steps of agents."""

    def bank(self, size: int, skip: int) -> Tensor:
        """Return the memory banks [G, N, n, d]."""

    def positives(self, batch: Batch, window: int, streams: Streams) -> Tensor:
        """Return a state near each afterstate of `batch`, [G, Q, B, d]."""


class Replay:
    """The last `capacity` steps of each of N agents in each of G groups (seeds); all agents step together.

    Step t of an agent lies in slot t mod capacity. Only the task's reward is stored: rewards are relabelled for each agent
    when they are sampled (Section 3.2). `capacity` must be a multiple of the memory banks' `skip`.
    """

    def __init__(
        self, groups: int, agents: int, capacity: int, obs_dim: int, action_dim: int, dtype: torch.dtype = torch.float32
    ) -> None:
        self.groups, self.agents, self.capacity, self.steps = groups, agents, capacity, 0
        ring = (groups, agents, capacity)
        # `begin` is the step at which a transition's episode began.
        self._rings = {
            "obs": torch.empty(*ring, obs_dim, dtype=dtype),
            "action": torch.empty(*ring, action_dim, dtype=dtype),
            "reward": torch.empty(ring, dtype=dtype),
            "mask": torch.empty(ring, dtype=dtype),
            "next_obs": torch.empty(*ring, obs_dim, dtype=dtype),
            "begin": torch.empty(ring, dtype=torch.int64),
        }
        self._episode = torch.zeros(groups, agents, dtype=torch.int64)
        self._first = 0

    @property
    def age(self) -> int:
        """Steps of each agent since the start, or since `forget`."""
        return self.steps - self._first

    @property
    def held(self) -> int:
        """Steps of each agent that the ring holds."""
        return min(self.steps, self.capacity)

    @property
    def readable(self) -> int:
        """Steps of each agent, the last ones, that may be drawn."""
        return min(self.held, self.age)

    def forget(self) -> None:
        """Draw no transition any more that is held now; `read` and `bank` still find them."""
        self._first = self.steps

    def add(self, obs: Tensor, action: Tensor, reward: Tensor, mask: Tensor, next_obs: Tensor, ended: Tensor) -> None:
        """Store one step of every agent; `ended` [G, N] marks where the episode ends with it. Shapes [G, N, ...]."""
        slot = self.steps % self.capacity
        for ring, value in zip(self._rings.values(), (obs, action, reward, mask, next_obs, self._episode), strict=True):
            ring[:, :, slot] = value
        self.steps += 1
        self._episode = torch.where(ended, self.steps, self._episode)

    def sample(self, batch: int, shared: bool, streams: Streams, stratified: bool = False) -> Batch:
        """Return `batch` transitions drawn uniformly, with replacement: one batch of all agents' data, or one of each's own.

        Every N-th transition of a `stratified` shared batch is the same agent's, so each agent has its N-th part, +-1.

        Raises:
            ValueError: fewer transitions than a batch are held.
        """
        pool = self.readable * (self.agents if shared else 1)
        if pool < batch:
            raise ValueError(f"the replay holds {pool} transitions, a batch is {batch}: take more seed steps or a smaller batch")
        drawn = streams.integers("batch", pool, 1 if shared else self.agents, batch)
        own = torch.arange(self.agents).view(1, -1, 1).expand_as(drawn) if not shared else drawn // self.readable
        if stratified:
            own = (torch.arange(batch) % self.agents).expand_as(drawn)
        step = self.steps - self.readable + drawn % self.readable
        rows = self._rows(own, step)
        stored = {name: self._take(name, rows) for name in ("obs", "action", "reward", "mask", "next_obs")}
        return Batch(**stored, agent=own, step=step)

    def read(self, name: str, agent: Tensor, step: Tensor) -> Tensor:
        """Return what is stored of steps `step` of agents `agent`, [G, ...] that broadcast, under the name of a field of `Batch`.

        `begin` is the step at which a transition's episode began. Steps that are not held give those in their slots.
        """
        return self._take(name, self._rows(agent, step))

    def bank(self, size: int, skip: int) -> Tensor:
        """Return the memory banks [G, N, n, d]: each agent's last n = min(size, those there are) afterstates of steps
        0, skip, 2 skip, ... (the first of every `skip`); their order is not that of time.
        """
        strided = self._rings["next_obs"].unflatten(2, (-1, skip))[:, :, :, 0]  # a view: slots 0, skip, 2 skip, ...
        rows, entered = strided.shape[2], -(-self.steps // skip)
        count = min(size, entered, rows)
        end = (entered - 1) % rows + 1
        if end >= count:
            return strided[:, :, end - count : end]
        return torch.cat([strided[:, :, :end], strided[:, :, end - count :]], 2)

    def positives(self, batch: Batch, window: int, streams: Streams) -> Tensor:
        """Return a state near each afterstate of `batch`, [G, Q, B, d]: s_(t + delta), delta uniform in +-{1 .. window}.

        Only the deltas that stay in the episode and in the ring count; there always is one, the transition's own state.
        """
        agent, step = batch.agent, batch.step
        begin, ahead = self._episode_around(agent, step, window)
        back = (step + 1 - begin.clamp(min=self.steps - self.readable)).clamp_(max=window)  # step t's afterstate is state t + 1
        choice = (streams.uniform("positives", *step.shape[1:]) * (back + ahead)).long()
        # Choices 0 .. back - 1 are the states where the steps from t + 1 - back on began, the others the afterstates of those
        # from t + 1 on: either way step t + 1 - back + choice.
        rows = self._rows(agent, step + 1 - back + choice)
        return torch.where((choice < back)[..., None], self._take("obs", rows), self._take("next_obs", rows))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the slots in use and the counters."""
        rings = {name: ring[:, :, : self.held].contiguous() for name, ring in self._rings.items()}
        return {**rings, "steps": torch.tensor(self.steps), "first": torch.tensor(self._first), "episode": self._episode}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        self.steps, self._first, self._episode = int(state["steps"]), int(state["first"]), state["episode"].clone()
        for name, ring in self._rings.items():
            ring[:, :, : self.held] = state[name]

    def _episode_around(self, agent: Tensor, step: Tensor, window: int) -> tuple[Tensor, Tensor]:
        """Return the step at which the episode of `step` began, and how many of the next `window` steps belong to it."""
        steps = step[..., None] + torch.arange(window + 1)
        begin = self.read("begin", agent[..., None], steps)
        same = (begin == begin[..., :1]) & (steps < self.steps)  # once it differs, it differs for good
        return begin[..., 0], same.sum(-1) - 1

    def _rows(self, agent: Tensor, step: Tensor) -> Tensor:
        """Return where in the flattened rings steps `step` of agents `agent` lie, all [G, ...]."""
        group = torch.arange(0, self.groups * self.agents, self.agents).view(-1, *[1] * (agent.ndim - 1))
        return (group + agent) * self.capacity + step % self.capacity

    def _take(self, name: str, rows: Tensor) -> Tensor:
        ring = self._rings[name]
        return ring.flatten(0, 2).index_select(0, rows.flatten()).view(*rows.shape, *ring.shape[3:])
