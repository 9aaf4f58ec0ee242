"""What an ant, or whatever else moves in the plane, is asked to do: nothing (pretraining), or to reach a goal (Appendix A.5)."""

from dataclasses import dataclass
from functools import lru_cache

import torch

GOAL_RADIUS = 1.0
"""Metres within which a goal counts as reached (Appendix A.5)."""
DISTANT_TARGET = (1000.0, 0.0)
"""Metres; what the angle and heading features refer to where there is no goal (Isaac Lab's stock Ant task)."""


@dataclass(frozen=True)
class GoalTask:
    """An optional goal (x, y) in metres, and the radius in metres within which it counts as reached."""

    goal: tuple[float, float] | None = None
    radius: float = GOAL_RADIUS

    @property
    def target(self) -> tuple[float, float]:
        """The point (x, y), metres, that the angle and heading features refer to."""
        return self.goal or DISTANT_TARGET

    def reward(self, xy: torch.Tensor) -> torch.Tensor:
        """Return 1 for each position [m, 2] (metres) within `radius` of the goal and 0 elsewhere, [m]."""
        if self.goal is None:
            return xy.new_zeros(len(xy))
        return ((xy - constant(tuple(self.goal), xy.dtype, xy.device)).norm(dim=1) < self.radius).to(xy.dtype)


@lru_cache
def constant(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Return `values` as a tensor, copied to `device` once: a copy at every step would wait for a GPU. Don't write to it."""
    return torch.tensor(values, dtype=dtype, device=device)
