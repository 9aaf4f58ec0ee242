"""Entropy of the visited states from the distances to their k-th nearest neighbours, in nats.

knn_entropy is eq. 1 of K-Myriad, for particles of equal weight; weighted_knn_entropy is eq. 4, for any.
"""

import math

import torch
from torch import Tensor

from kmyriad.estimators.neighbours import knn

# Dividing a million weights by their float32 sum leaves an error below 1e-5. A sum off by 1e-4 moves H by
# about 1e-4 (|H| + 1), far below the estimator's noise; a forgotten division is off by far more.
WEIGHT_SUM_TOLERANCE = 1e-4


def knn_entropy(points: Tensor, k: int, backend: str = "auto") -> Tensor:
    """Return the entropy of the density that the points were drawn from, by k nearest neighbours.

    H = -(1/N) sum_i log(k / (N V_i)) + log k - psi(k), where V_i is the volume of the d-ball whose radius is
    the distance of particle i to its k-th neighbour. Duplicates, for which it is 0, get the smallest non-zero
    one of the batch.
    Singh et al. 2003, "Nearest neighbor estimates of entropy"; eq. 1 of K-Myriad.

    Shapes: points [N, d] -> scalar in nats, in the points' dtype (summed in float64), without a gradient.

    Raises:
        ValueError: as `knn`; also if all points are identical.
    """
    distances, _ = knn(points, k, backend)
    return entropy_of_log_volumes(ball_log_volumes(distances[:, -1], points.shape[1]), k).to(points.dtype)


def weighted_knn_entropy(points: Tensor, weights: Tensor, k: int, backend: str = "auto") -> Tensor:
    """Return the entropy of a density known through weighted particles, differentiable in the weights.

    H = -sum_j (W_j / k) log(W_j / V_j) + log k - psi(k), where W_j is the sum of the weights of particle j
    and its k-1 nearest neighbours, and V_j as for `knn_entropy`, which this equals at equal weights.
    Ajgl & Simandl 2011, "Differential entropy estimation by particles"; Mutti et al. 2021; eq. 4 of K-Myriad.

    Shapes: points [N, d], weights [N], summing to 1 -> scalar in nats, in the weights' dtype.

    Raises:
        ValueError: as `knn_entropy`; also if the weights have another shape, are negative or don't sum to 1.
    """
    _check_weights(weights, len(points))
    distances, indices = knn(points, k, backend)
    log_volumes = ball_log_volumes(distances[:, -1], points.shape[1])
    sums = weights.double()[neighbourhoods(indices)].sum(1)
    # Far off-policy the weights of a whole neighbourhood underflow. It adds nothing, and so should its
    # gradient, but that of W log W at 0 is infinite.
    sums = sums.clamp_min(torch.finfo(torch.float64).tiny)
    return (-(sums / k * (sums.log() - log_volumes)).sum() + math.log(k) - _psi(k)).to(weights.dtype)


def ball_log_volumes(radii: Tensor, dimensions: int) -> Tensor:
    """Return the log volumes of balls: log V = d log R + (d/2) log pi - log Gamma(d/2 + 1).

    Only logarithms, because V itself underflows in many dimensions. Zero radii count as the smallest other.

    Shapes: radii [N] -> [N], float64.

    Raises:
        ValueError: if all radii are zero.
    """
    unit_ball = dimensions / 2 * math.log(math.pi) - math.lgamma(dimensions / 2 + 1)
    return dimensions * without_zeros(radii.double()).log() + unit_ball


def without_zeros(distances: Tensor) -> Tensor:
    """Return distances with zeros replaced by the smallest non-zero one; ValueError if there is none."""
    positive = distances[distances > 0]
    if positive.numel() == 0:
        raise ValueError("all k-th neighbour distances are 0: the particles are identical; collect ones that move")
    return distances.clamp_min(positive.min())


def entropy_of_log_volumes(log_volumes: Tensor, k: int) -> Tensor:
    """Return eq. 1, mean(log V) + log N - psi(k), from the log volumes [N] of the k-th neighbours' balls."""
    return log_volumes.mean() + math.log(len(log_volumes)) - _psi(k)


def neighbourhoods(indices: Tensor) -> Tensor:
    """Return the particles that W_j sums: j itself and its k-1 nearest; indices [N, k] -> [N, k]."""
    itself = torch.arange(len(indices), device=indices.device)[:, None]
    return torch.cat([itself, indices[:, :-1]], 1)


def _psi(k: int) -> float:
    return torch.digamma(torch.tensor(k, dtype=torch.float64)).item()


def _check_weights(weights: Tensor, particles: int) -> None:
    if weights.shape != (particles,):
        raise ValueError(f"weights must have the shape [{particles}], got {list(weights.shape)}; give each particle one")
    values = weights.detach().double()
    if not (values >= 0).all():
        raise ValueError(f"weights must not be negative or NaN, got {values.min():g}; check the log ratios")
    total = values.sum().item()
    if abs(total - 1) > WEIGHT_SUM_TOLERANCE:
        raise ValueError(f"weights must sum to 1, got {total:g}; divide them by their sum")
