"""Observations to mean 0 and standard deviation 1, by what has been seen so far."""

import torch
from torch import Tensor, nn

LIMIT = 10.0
"""Standardised observations are clamped to +- this many standard deviations."""
LEAST_VARIANCE = 1e-4
"""Keeps a feature that hardly changes from being blown up."""


class Standardiser(nn.Module):
    """(obs - mean) / std of each feature, clamped to +-LIMIT; mean and variance are those of all observations of `update`.

    They are buffers, part of the policy's state: they travel wherever its weights do. Before the first update nothing but the
    clamp changes an observation.
    """

    mean: Tensor
    variance: Tensor
    count: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("variance", torch.ones(features))
        # An integer: a float would be rounded with the weights where the policy changes its dtype.
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def forward(self, obs: Tensor) -> Tensor:
        """Return standardised observations, [..., features] -> [..., features]."""
        return ((obs - self.mean) * self.variance.clamp(min=LEAST_VARIANCE).rsqrt()).clamp(-LIMIT, LIMIT)

    @torch.no_grad()
    def update(self, obs: Tensor) -> None:
        """Count the observations [..., features] in (Chan et al. 1979, in float64)."""
        rows = obs.reshape(-1, obs.shape[-1]).double()
        total = self.count + len(rows)
        step = rows.mean(0) - self.mean
        spread = self.variance * self.count + rows.var(0, correction=0) * len(rows)
        self.variance.copy_((spread + step.square() * self.count * len(rows) / total) / total)
        self.mean += step * len(rows) / total
        self.count.copy_(total)
