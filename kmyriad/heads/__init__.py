"""Which head of a policy is the best start for a task (Section 6)."""

from kmyriad.heads.choose import choose_head
from kmyriad.heads.evaluate import evaluate_heads
from kmyriad.heads.select import select_head

__all__ = ["choose_head", "evaluate_heads", "select_head"]
