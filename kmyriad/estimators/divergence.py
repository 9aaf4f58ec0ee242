"""Kullback-Leibler divergence between two sets of particles, in nats: how unlike two policies explore."""

import math

import torch
from torch import Tensor

from kmyriad.estimators.entropy import without_zeros
from kmyriad.estimators.neighbours import cross_knn, knn
from kmyriad.estimators.validation import check_points, check_same_features


def knn_kl_divergence(p: Tensor, q: Tensor, k: int, backend: str = "auto") -> Tensor:
    """Return KL(P || Q) estimated from samples of both densities.

    D = (d/n) sum_i log(nu_k(i) / rho_k(i)) + log(m / (n - 1)), where rho_k(i) is the distance from p_i to its
    k-th neighbour in p without itself, and nu_k(i) to its k-th neighbour in q. Zero distances count as the
    smallest non-zero one of both kinds, so that a particle with k duplicates in both sets adds log 1.
    Wang, Kulkarni & Verdu 2009, "Divergence estimation for multidimensional densities via
    k-nearest-neighbor distances".

    Shapes: p [n, d], q [m, d] -> scalar in nats, in p's dtype (summed in float64). May be slightly negative.

    Raises:
        ValueError: as `knn` for each of p and q; also if they differ in d or all distances are zero.
    """
    check_points(p, "p")
    check_points(q, "q")
    check_same_features(p, q, ("p", "q"))
    to_q, _ = cross_knn(p, q, k, backend)
    within_p, _ = knn(p, k, backend)
    nu, rho = without_zeros(torch.stack([to_q[:, -1], within_p[:, -1]]).double())
    dimensions = p.shape[1]
    return (dimensions * (nu / rho).log().mean() + math.log(len(q) / (len(p) - 1))).to(p.dtype)
