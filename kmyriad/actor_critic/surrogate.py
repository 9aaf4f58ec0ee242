"""The terms of the actor's objective."""

import math

import torch
from torch import Tensor


def clipped_surrogate(log_ratio: Tensor, advantage: Tensor, clip: float) -> Tensor:
    """Return min(r A, clip(r, 1 - eps, 1 + eps) A) of each sample, to be maximised (Schulman et al. 2017, eq. 7).

    r = pi/beta is the ratio of the Gaussian densities of u: the Jacobian of the tanh is the same in both and cancels.
    No gradient flows where r has left the interval to the side that A prefers.

    Shapes: log r [N] in nats, A [N] -> [N].
    """
    ratio = log_ratio.exp()
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)


def gaussian_entropy(log_std: Tensor) -> Tensor:
    """Return the entropy of u ~ N(mean, std^2), sum log std + d/2 log(2 pi e): [..., d] -> [...], in nats.

    Of u, not of the action tanh(u), whose entropy has no closed form.
    """
    return log_std.sum(-1) + 0.5 * log_std.shape[-1] * math.log(2 * math.pi * math.e)
