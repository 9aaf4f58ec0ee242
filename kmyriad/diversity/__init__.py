"""How different the heads of one policy are, where they go and how far."""

from kmyriad.diversity.coverage import coverage
from kmyriad.diversity.divergence import divergence_by_chance, divergence_of_heads
from kmyriad.diversity.visitation import visitation_map

__all__ = ["coverage", "divergence_by_chance", "divergence_of_heads", "visitation_map"]
