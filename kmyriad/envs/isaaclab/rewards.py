"""The sparse reward of the goal tasks (Appendix A.5)."""

import torch
from isaaclab.envs import ManagerBasedRLEnv
from isaaclab.managers import RewardTermCfg
from isaaclab.utils import configclass

from kmyriad.envs.ant.model import DECIMATION, PHYSICS_STEP
from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.isaaclab.observations import position_xy


def goal_reached(env: ManagerBasedRLEnv, goal: tuple[float, float] | None, radius: float) -> torch.Tensor:
    """Return 1 within `radius` metres of `goal` (x, y) and 0 elsewhere, [m]; without a goal 0 everywhere."""
    return GoalTask(goal, radius).reward(position_xy(env))


@configclass
class RewardsCfg:
    """One term. Isaac Lab multiplies a weight by the seconds of a control step; this one undoes it."""

    goal = RewardTermCfg(func=goal_reached, weight=1 / (PHYSICS_STEP * DECIMATION), params={"goal": None, "radius": 1.0})


def rewards(task: GoalTask) -> RewardsCfg:
    """Return the reward term of `task`."""
    cfg = RewardsCfg()
    cfg.goal.params.update(goal=task.goal, radius=task.radius)
    return cfg
