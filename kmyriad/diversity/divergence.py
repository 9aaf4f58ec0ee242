"""Divergence between the heads of one policy (Table 1)."""

import torch

from kmyriad.estimators import knn_kl_divergence


def divergence_of_heads(particles: torch.Tensor, heads: int, k: int) -> torch.Tensor:
    """Return KL(head i || all other heads, pooled) for each head, [heads], in nats (Section 7.1, Table 1).

    The k-NN estimator of Wang et al. 2009 on what was visited. `particles` is [T, m, d]; head i owns the i-th block of
    m / heads consecutive environments, as everywhere.

    Raises:
        ValueError: fewer than two heads, heads that do not divide m, or k too large for a head's T * m / heads particles.
    """
    if heads < 2:
        raise ValueError(f"a divergence between heads needs at least 2 heads, got {heads}")
    if particles.shape[1] % heads:
        raise ValueError(f"{heads} heads do not divide {particles.shape[1]} environments")
    blocks = [block.flatten(0, 1) for block in particles.chunk(heads, dim=1)]
    pooled = [torch.cat(blocks[:i] + blocks[i + 1 :]) for i in range(heads)]
    return torch.stack([knn_kl_divergence(own, others, k) for own, others in zip(blocks, pooled, strict=True)])


def divergence_by_chance(particles: torch.Tensor, heads: int, k: int, deals: int = 3, seed: int = 0) -> torch.Tensor:
    """Return `divergence_of_heads` of the same trajectories dealt to the heads at random, [heads], the mean of `deals` of them.

    The divergence itself is 0 then. But a trajectory stays near itself, so a few of them look unlike the rest: what a divergence
    of heads has to exceed before it says anything of the heads.

    Raises:
        ValueError: as `divergence_of_heads`.
    """
    generator = torch.Generator().manual_seed(seed)
    orders = [torch.randperm(particles.shape[1], generator=generator) for _ in range(deals)]
    return torch.stack([divergence_of_heads(particles[:, order], heads, k) for order in orders]).mean(0)
