"""What came out of a rollout, environment by environment."""

import torch
from torch import Tensor

from kmyriad.rollout import Trajectory

Goal = tuple[float, float]
"""x and y in metres."""


def outcomes(trajectory: Trajectory, heads: int, goal: Goal | None, xy: list[int]) -> dict[str, Tensor]:
    """Return head, success, return, closest and frozen of each environment, [m] each.

    success is 1 where any reward was above 0, else 0; return the undiscounted sum of rewards; closest the smallest distance from
    `goal` in metres, infinite where there is none. `xy` are the indices of the features that hold the position in metres.
    """
    envs = trajectory.reward.shape[1]
    closest = trajectory.obs.new_full((envs,), float("inf"))
    if goal is not None:
        closest = (trajectory.particles(xy) - trajectory.obs.new_tensor(goal)).norm(dim=-1).min(0).values
    return {
        "head": torch.arange(heads).repeat_interleave(envs // heads),
        "success": (trajectory.reward > 0).any(0).float(),
        "return": trajectory.reward.sum(0),
        "closest": closest,
        "frozen": trajectory.frozen,
    }
