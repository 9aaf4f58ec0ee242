"""Policies: from observations to actions; values of observations; what an optimiser remembers of both."""

from kmyriad.policies.multi_head import MultiHeadPolicy
from kmyriad.policies.value import ValueNetwork

__all__ = ["MultiHeadPolicy", "ValueNetwork"]
