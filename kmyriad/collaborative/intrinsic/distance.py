"""Distance in place of similarity: how far a state is from what an agent, and the others, visited lately."""

import torch
from torch import Tensor

from kmyriad.collaborative.intrinsic.encoder import Encoder
from kmyriad.collaborative.intrinsic.reward import mix

LEAST = 1e-3
"""Shorter distances count as this one, in the features' unit: a state that is in the bank itself would be at -infinity."""


class Features(Encoder):
    """Some features of the observation, by their indices; all of them where there are none."""

    def __init__(self, indices: tuple[int, ...]) -> None:
        self._indices = list(indices)

    def embed(self, states: Tensor) -> Tensor:
        """Return the features [G, rows, D]."""
        return states[..., self._indices] if self._indices else states


@torch.no_grad()
def log_distance_reward(queries: Tensor, banks: Tensor, k: int, weight: float, reduction: str = "kth") -> Tensor:
    """Return the intrinsic reward of each query for each agent: the log distance to its bank, mixed as in eq. 3.

    r_i = log of the Euclidean distance to the k-th nearest state of agent i's bank ("kth"), or the mean of the logs of the k
    nearest ("mean"): in D dimensions, a D-th of the log volume that K-Myriad's objective `log-volume` credits, up to a constant.
    R_i = w r_i + (1 - w) / (N - 1) sum_{j != i} r_j. Where a bank holds fewer than k states, k = n.

    Shapes: queries [..., B, D], banks [..., N, n, D] -> [..., N, B], leading dimensions alike.
    """
    k = min(k, banks.shape[-2])
    distances = torch.cdist(queries.unsqueeze(-3), banks)
    nearest = distances.topk(k, largest=False, sorted=reduction == "kth").values.clamp(min=LEAST).log()
    return mix(nearest[..., -1] if reduction == "kth" else nearest.mean(-1), weight)
