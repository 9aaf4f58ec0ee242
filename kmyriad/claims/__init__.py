"""Which of the paper's claims our runs support: every verdict is computed, none is typed."""

from kmyriad.claims.paper import judge_divergence, judge_entropy

__all__ = ["judge_divergence", "judge_entropy"]
