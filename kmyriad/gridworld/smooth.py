"""Entropy without the infinite slope at 0: H_sigma(d) = -sum_s d(s) log(d(s) + sigma) (Hazan et al., 2019), in nats.

Its Hessian is diagonal, -(1 / (d + sigma) + sigma / (d + sigma)^2), which lies in [-2 / sigma, 0): it is concave, and beta-smooth
with beta = 2 / sigma in the norms that Theorem A.2 of De Paola et al., 2025 asks for. It is close to the entropy:
0 <= H - H_sigma = sum_s d log(1 + sigma / d) <= sigma |S|.
"""

import math

import torch

LARGEST = 0.1
"""Above it the slope at 0, log(1 / sigma), no longer bounds all slopes (at d = 1 it is about -1)."""


def smooth_entropy(distribution: torch.Tensor, sigma: float) -> torch.Tensor:
    """Return H_sigma of `distribution` [..., states], in nats; sigma = 0 gives the entropy itself."""
    return -torch.special.xlogy(distribution, distribution + sigma).sum(-1)


def slope(distribution: torch.Tensor, sigma: float) -> torch.Tensor:
    """Return the gradient of H_sigma, -(log(d + sigma) + d / (d + sigma)), of `distribution` [..., states], in nats.

    With sigma = 0 it is infinite where d = 0.
    """
    share = torch.ones_like(distribution) if sigma == 0 else distribution / (distribution + sigma)
    return -((distribution + sigma).log() + share)


def bend(distribution: torch.Tensor, sigma: float) -> torch.Tensor:
    """Return minus the diagonal of the Hessian of H_sigma, 1 / (d + sigma) + sigma / (d + sigma)^2, [..., states]."""
    return 1 / (distribution + sigma) + sigma / (distribution + sigma) ** 2


def smoothness(sigma: float) -> float:
    """Return beta = 2 / sigma of H_sigma; ValueError unless 0 < sigma <= LARGEST."""
    check(sigma)
    return 2 / sigma


def slope_bound(sigma: float) -> float:
    """Return B = log(1 / sigma), in nats, which bounds the slopes of H_sigma and, if sigma <= 1 / |S|, H_sigma itself."""
    check(sigma)
    return math.log(1 / sigma)


def check(sigma: float) -> None:
    """Raise ValueError unless 0 < sigma <= LARGEST."""
    if not 0 < sigma <= LARGEST:
        raise ValueError(f"sigma = {sigma} must be above 0 and at most {LARGEST}: without it the entropy isn't smooth")
