"""Estimators: k-nearest-neighbour entropy, its gradient and divergence; advantages. SciPy and KeOps load late."""

from kmyriad.estimators.advantage import gae
from kmyriad.estimators.credit import entropy_and_credit, entropy_and_log_volumes, particle_credit
from kmyriad.estimators.divergence import knn_kl_divergence
from kmyriad.estimators.entropy import knn_entropy, weighted_knn_entropy
from kmyriad.estimators.neighbours import cross_knn, fastest_backend, knn

__all__ = [
    "cross_knn",
    "entropy_and_credit",
    "entropy_and_log_volumes",
    "fastest_backend",
    "gae",
    "knn",
    "knn_entropy",
    "knn_kl_divergence",
    "particle_credit",
    "weighted_knn_entropy",
]
