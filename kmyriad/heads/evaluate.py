"""Trying every head of a policy on a task."""

from typing import TYPE_CHECKING

from kmyriad.heads.outcomes import Goal, outcomes
from kmyriad.rollout import Trajectory

if TYPE_CHECKING:
    import pandas as pd


def evaluate_heads(trajectories: list[Trajectory], heads: int, goal: Goal | None, xy: list[int]) -> "pd.DataFrame":
    """Return one row a head: head, success, mean_return, closest_approach, environments.

    success: share of the head's environments with any reward > 0 in the episode, each counted once;
    mean_return: their undiscounted rewards, summed over the episode, on average;
    closest_approach: their smallest distance from `goal` (metres), on average; infinite where the task has no goal;
    environments: how many count. Those whose simulation failed don't.
    `xy` are the indices of the features that hold the position in metres; head i owns the i-th block of m / heads
    consecutive environments of each trajectory. A head whose environments all failed has success 0, return 0 and an infinite
    closest approach.
    """
    import pandas as pd  # the pipeline's; `choose_head` does without

    tensors = [outcomes(trajectory, heads, goal, xy) for trajectory in trajectories]
    parts = [pd.DataFrame({name: values.numpy(force=True) for name, values in part.items()}) for part in tensors]
    table = pd.concat(parts, ignore_index=True)
    counted = (
        table[~table["frozen"]]
        .groupby("head")
        .agg(
            success=("success", "mean"),
            mean_return=("return", "mean"),
            closest_approach=("closest", "mean"),
            environments=("success", "size"),
        )
    )
    failed = {"success": 0.0, "mean_return": 0.0, "closest_approach": float("inf"), "environments": 0}
    return counted.reindex(range(heads)).fillna(failed).astype({"environments": int}).rename_axis("head").reset_index()
