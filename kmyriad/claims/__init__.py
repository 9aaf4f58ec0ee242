"""Which of the paper's claims our runs support: every verdict is computed, none is typed."""

from kmyriad.claims.collaborative import judge_coverage, judge_returns
from kmyriad.claims.coverage import judge_budgets, judge_noise, judge_updates
from kmyriad.claims.gridworld import judge_gridworld
from kmyriad.claims.jumpstart import judge_jumpstart, judge_reach
from kmyriad.claims.paper import judge_divergence, judge_entropy
from kmyriad.claims.scaling import judge_long_run

__all__ = [
    "judge_budgets",
    "judge_coverage",
    "judge_divergence",
    "judge_entropy",
    "judge_gridworld",
    "judge_jumpstart",
    "judge_long_run",
    "judge_noise",
    "judge_reach",
    "judge_returns",
    "judge_updates",
]
