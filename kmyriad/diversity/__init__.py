"""How different the heads of one policy are: divergence between their visits, and where they go."""

from kmyriad.diversity.divergence import divergence_of_heads
from kmyriad.diversity.visitation import visitation_map

__all__ = ["divergence_of_heads", "visitation_map"]
