"""Policies: from observations to actions."""

from kmyriad.policies.multi_head import MultiHeadPolicy

__all__ = ["MultiHeadPolicy"]
