"""The replay of pictures: bytes, each frame once as a state and once as an afterstate, stacked again when they are read."""

import os
from pathlib import Path

import torch
from torch import Tensor

from kmyriad.collaborative.pictures import as_input
from kmyriad.collaborative.replay import Replay
from kmyriad.collaborative.tasks.pool import Picture, Space

_LIMIT = Path("/sys/fs/cgroup/memory.max")


class FrameReplay(Replay):
    """A `Replay` whose observations are pictures; what is read of it is as networks read it.

    Stored is an observation's newest frame only. A stack is that and the frames before it, as far back as the episode goes;
    before its beginning the first frame counts again, as in Gymnasium's FrameStackObservation.

    Args:
        action_dim: components of an action; None: it is a choice, kept as a byte.

    Raises:
        ValueError: the frames do not fit in memory.
    """

    def __init__(
        self,
        groups: int,
        agents: int,
        capacity: int,
        picture: Picture,
        dtype: torch.dtype = torch.float32,
        action_dim: int | None = None,
    ) -> None:
        check_fits(groups, agents, capacity, picture)
        super().__init__(groups, agents, capacity, picture.frame, action_dim or 1, dtype)
        self.picture, self._dtype = picture, dtype
        for name in ("obs", "next_obs", *(() if action_dim else ("action",))):
            self._rings[name] = torch.empty(self._rings[name].shape, dtype=torch.uint8)

    @property
    def readable(self) -> int:
        """Steps of each agent of which the whole stack is held."""
        return min(super().readable, self.held - (self.picture.stack - 1 if self.steps > self.capacity else 0))

    def add(self, obs: Tensor, action: Tensor, reward: Tensor, mask: Tensor, next_obs: Tensor, ended: Tensor) -> None:
        """Store one step of every agent, see `Replay.add`; `obs` and `next_obs` are whole observations."""
        newest = slice(-self.picture.frame, None)
        super().add(obs[..., newest], action, reward, mask, next_obs[..., newest], ended)

    def bank(self, size: int, skip: int) -> Tensor:
        """Return the memory banks [G, N, n, d], see `Replay.bank`; in the order of time."""
        entered = -(-self.steps // skip)
        step = skip * torch.arange(entered - min(size, entered, self.capacity // skip), entered)
        place = (self.groups, self.agents, len(step))
        return self.read("next_obs", torch.arange(self.agents)[:, None].expand(place), step.expand(place))

    def _take(self, name: str, rows: Tensor) -> Tensor:
        if name not in ("obs", "next_obs"):
            return super()._take(name, rows)
        frames = torch.stack(self._frames(name, rows), -2).flatten(-2)
        return as_input(frames, self.picture, self._dtype)

    def _frames(self, name: str, rows: Tensor) -> list[Tensor]:
        """Return the stack's frames, oldest first, each [..., frame], of the steps that lie in `rows`."""
        slot = rows % self.capacity
        step = self.steps - 1 - (self.steps - 1 - slot) % self.capacity
        first = super()._take("begin", rows).clamp(min=self.steps - self.held)
        ages = range(self.picture.stack - 1, -1, -1)
        if name == "next_obs":  # the newest frame is the afterstate's, the others are those of the states up to its step
            return [*(self._state(rows, slot, step, first, age - 1) for age in ages if age), super()._take(name, rows)]
        return [self._state(rows, slot, step, first, age) for age in ages]

    def _state(self, rows: Tensor, slot: Tensor, step: Tensor, first: Tensor, age: int) -> Tensor:
        """Return the frame `age` steps before each step, or the episode's first one."""
        back = (step - first).clamp(0, age)
        return super()._take("obs", rows - slot + (slot - back) % self.capacity)


def make_replay(groups: int, agents: int, capacity: int, space: Space) -> Replay:
    """Return the replay for observations and actions of `space`."""
    if space.picture is None:
        return Replay(groups, agents, capacity, space.obs_dim, space.action_dim)
    return FrameReplay(groups, agents, capacity, space.picture, action_dim=None if space.choices else space.action_dim)


def check_fits(groups: int, agents: int, capacity: int, picture: Picture) -> None:
    """Raise ValueError unless the frames of so many seeds, agents and steps fit in what this machine, or its container, has."""
    needed = 2 * groups * agents * capacity * picture.frame
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if _LIMIT.exists() and (limit := _LIMIT.read_text().strip()) != "max":
        there = min(there, int(limit))
    if needed > there:
        raise ValueError(
            f"the frames of {groups} seeds x {agents * capacity} transitions take {needed / 2**30:.1f} GiB, this machine has "
            f"{there / 2**30:.1f}: lower sac.buffer or train fewer seeds side by side"
        )
