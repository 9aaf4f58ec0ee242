"""The tasks by name: the maze, those of the DeepMind Control suite, and Gymnasium's robots."""

from kmyriad.collaborative.tasks.pool import SUITE_STEPS, Pool
from kmyriad.names import choose

CONTROL_SUITE = (
    "acrobot-swingup",
    "cheetah-run",
    "finger-turn_hard",
    "fish-swim",
    "hopper-hop",
    "hopper-stand",
    "humanoid-run",
    "humanoid-stand",
    "humanoid-walk",
    "pendulum-swingup",
    "quadruped-run",
    "quadruped-walk",
    "reacher-hard",
    "swimmer-swimmer6",
    "walker-run",
)
"""The 15 tasks of Table 1."""
GYMNASIUM = ("Ant-v5", "HalfCheetah-v5", "Hopper-v5", "Walker2d-v5")
"""The four tasks of Table 3, there in their version 3."""
WALKERS = ("Hopper-v5", "Walker2d-v5")
"""Those of Fig. 6, which have a head, a waist and a foot."""
TASKS = ("maze", *CONTROL_SUITE, "cartpole-swingup_sparse", "cartpole-swingup", *GYMNASIUM)
"""The cart's two are not in the paper: where exploration matters and a laptop suffices, and where hardly any is needed."""


def check_task(task: str, repeat: int) -> None:
    """Raise ValueError unless `task` is one of TASKS and its actions can be held for `repeat` simulator steps."""
    if choose(task, TASKS, "task") == "maze":
        if repeat != 1:
            raise ValueError(f"repeat = {repeat}: the maze has no simulator steps to repeat, set it to 1")
    elif SUITE_STEPS % repeat:
        raise ValueError(
            f"repeat = {repeat} does not divide the {SUITE_STEPS} simulator steps of an episode: take 1, 2, 4, 5 or 8"
        )


def make_pool(task: str, num_envs: int, repeat: int = 1) -> Pool:
    """Return `num_envs` copies of `task` (one of TASKS) in which each action is held for `repeat` simulator steps.

    Rewards of the held steps add up. The maze takes no repeat.

    Raises:
        ValueError: unknown task, with the nearest name; a repeat that it does not take.
        ImportError: dm_control is missing; the message says how to install it.
    """
    check_task(task, repeat)
    if task == "maze":
        from kmyriad.collaborative.tasks.maze import Maze

        return Maze(num_envs)
    if task in GYMNASIUM:
        from kmyriad.collaborative.tasks.gymnasium_robots import GymnasiumRobots

        return GymnasiumRobots(task, num_envs, repeat)
    from kmyriad.collaborative.tasks.control_suite import ControlSuite

    return ControlSuite(task, num_envs, repeat)
