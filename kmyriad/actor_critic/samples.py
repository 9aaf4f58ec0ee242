"""The samples of a rollout, sorted by the head that acted."""

from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(frozen=True)
class Samples:
    """What is learnt from: n = T m / H samples of each of H heads, in the order of the steps; [H, n] unless stated.

    obs: [H, n, obs_dim]; critic_obs: what the value network sees [H, n, c]; u: actions before tanh [H, n, action_dim];
    log_prob: log density of u under the policy that acted, in nats; log_std: its log standard deviations [H, n, action_dim];
    value: the value network's, before the update; advantage: not normalised;
    alive: bool, false for samples of environments whose simulation failed: nothing is learnt from them.
    """

    obs: Tensor
    critic_obs: Tensor
    u: Tensor
    log_prob: Tensor
    log_std: Tensor
    value: Tensor
    advantage: Tensor
    alive: Tensor

    @property
    def returns(self) -> Tensor:
        """What the value network learns, advantage + value [H, n]."""
        return self.advantage + self.value

    def at(self, indices: Tensor) -> "Samples":
        """Return the samples at `indices` [H, b], which count each head's own."""
        heads, count = self.alive.shape
        rows = (indices + count * torch.arange(heads, device=indices.device)[:, None]).flatten()
        columns = {field.name: getattr(self, field.name).flatten(0, 1) for field in fields(self)}
        # Whole rows, one after another: twice as fast as indexing by head and sample.
        return Samples(**{name: each.index_select(0, rows).unflatten(0, indices.shape) for name, each in columns.items()})

    def shuffled(self, generator: torch.Generator) -> Tensor:
        """Return every head's samples in a random order of its own, as indices [H, n'].

        A head's dead samples come last, and columns without any living one are left out.
        """
        order = torch.stack(
            [torch.randperm(self.alive.shape[1], generator=generator, device=self.obs.device) for _ in self.alive]
        )
        if self.alive.all():
            return order
        dead_last = (~self.alive.gather(1, order)).to(torch.uint8).argsort(dim=1, stable=True)
        return order.gather(1, dead_last)[:, : int(self.alive.sum(1).max())]


def by_head(values: Tensor, heads: int) -> Tensor:
    """Return `values` [T, m, ...], head i owning the i-th block of m / heads columns, as [heads, T m / heads, ...]."""
    return values.unflatten(1, (heads, -1)).transpose(0, 1).flatten(1, 2)
