"""Intrinsic rewards of pictures: they see what the agents' convolutions make of them, and keep that of the memory banks."""

import torch
from torch import Tensor

from kmyriad.collaborative.intrinsic.intrinsic import Intrinsic
from kmyriad.collaborative.pictures import Convolutions
from kmyriad.collaborative.replay import Batch, Visited
from kmyriad.collaborative.streams import Streams

_NONE = torch.empty(0)


class OnLatent:
    """`inner` on the features of the first agent's convolutions, as they were at most `refresh` steps of each agent ago.

    All that is compared has gone through one copy of the convolutions, so features of a memory bank need be computed once:
    when a state enters it, and again when the copy is renewed, at every `refresh`-th step. What `inner` has of its own, such
    as the contrastive encoder, sees them anew at every update.

    Args:
        source: convolutions of G * N agents.
        agents: N.
    """

    def __init__(self, inner: Intrinsic, source: Convolutions, agents: int, refresh: int) -> None:
        self._inner, self._source, self._agents, self._refresh = inner, source, agents, refresh
        self._copy = source.taken(agents)
        self._renewed = -1
        self._kept, self._entered = _NONE, 0
        self._last: tuple[Tensor, Tensor] = _NONE, _NONE

    @property
    def learns(self) -> bool:
        """Whether `inner` does."""
        return self._inner.learns

    def rewards(self, batch: Batch, replay: Visited) -> Tensor:
        """Return `inner`'s rewards [G, N, B] of the features; renews the copy if that is due."""
        self._renew(replay.steps // self._refresh)
        return self._inner.rewards(self._seen(batch), _Seen(self, replay))

    def learn(self, batch: Batch, replay: Visited, streams: Streams) -> Tensor:
        """Let `inner` take its step; return the losses [G]."""
        return self._inner.learn(self._seen(batch), _Seen(self, replay), streams)

    @torch.no_grad()
    def features(self, states: Tensor) -> Tensor:
        """Return the features [G, ..., F] of states [G, ..., d]."""
        found: Tensor = self._copy(states.flatten(1, -2))
        return found.unflatten(1, states.shape[1:-1])

    def bank(self, replay: Visited, size: int, skip: int) -> Tensor:
        """Return the features [G, N, n, F] of `Replay.bank`, in any order; only what entered it since the last call is new."""
        entered = -(-replay.steps // skip)
        new = min(size, entered - self._entered)
        if new:
            found = self.features(replay.bank(new, skip))
            if not self._kept.numel():
                self._kept = found.new_zeros(*found.shape[:2], size, found.shape[-1])
            self._kept[:, :, torch.arange(entered - new, entered) % size] = found
            self._entered = entered
        return self._kept[:, :, : min(size, entered)]

    def state_dict(self) -> dict[str, Tensor]:
        """Return `inner`'s state, the copy, and what is kept of the banks."""
        copy = {f"copy.{name}": value for name, value in self._copy.state_dict().items()}
        counters = torch.tensor([self._renewed, self._entered])
        return {**self._inner.state_dict(), **copy, "kept": self._kept, "counters": counters}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        self._inner.load_state_dict(state)
        self._copy.load_state_dict({name: state[f"copy.{name}"] for name in self._copy.state_dict()})
        self._kept = state["kept"].clone()
        self._renewed, self._entered = state["counters"].tolist()
        self._last = _NONE, _NONE

    @torch.no_grad()
    def _renew(self, period: int) -> None:
        if period == self._renewed:
            return
        for mine, theirs in zip(self._copy.parameters(), self._source.parameters(), strict=True):
            mine.copy_(theirs[:: self._agents])
        self._renewed, self._entered, self._last = period, 0, (_NONE, _NONE)

    def _seen(self, batch: Batch) -> Batch:
        """Return the batch with features for afterstates; they are the same in `rewards` and `learn`."""
        if self._last[0] is not batch.next_obs:
            self._last = batch.next_obs, self.features(batch.next_obs)
        return batch._replace(next_obs=self._last[1])


class _Seen:
    """A replay whose states are features."""

    def __init__(self, eye: OnLatent, replay: Visited) -> None:
        self._eye, self._replay = eye, replay
        self.steps, self.held = replay.steps, replay.held

    def read(self, name: str, agent: Tensor, step: Tensor) -> Tensor:
        found = self._replay.read(name, agent, step)
        return self._eye.features(found) if name in ("obs", "next_obs") else found

    def bank(self, size: int, skip: int) -> Tensor:
        return self._eye.bank(self._replay, size, skip)

    def positives(self, batch: Batch, window: int, streams: Streams) -> Tensor:
        return self._eye.features(self._replay.positives(batch, window, streams))
