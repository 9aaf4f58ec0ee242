"""What training asks of environments, and the tasks by name: the maze and those of the DeepMind Control suite."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from torch import Tensor

from kmyriad.names import choose

SeedOf = Callable[[int, int], int]
"""The seed of episode e (from 0) in copy i, from (i, e): all that is random in it."""
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
TASKS = ("maze", *CONTROL_SUITE, "cartpole-swingup_sparse", "cartpole-swingup")
"""The last two are not in the paper: where exploration matters and a laptop suffices, and where hardly anything is needed."""

SUITE_STEPS = 1000
"""Simulator steps of an episode of any of the suite's tasks."""


class Step(NamedTuple):
    """What a step of m copies leads to, float32 but for `ended`."""

    next_obs: Tensor
    """[m, d]: the afterstates."""
    reward: Tensor
    """[m], the task's."""
    mask: Tensor
    """[m]: 0 where the episode terminated, 1 otherwise, also at a time limit."""
    ended: Tensor
    """[m], bool: where the episode is over, for either reason."""
    obs: Tensor
    """[m, d]: what to act on next; where the episode is over, the first observation of the next one."""


class Pool(Protocol):
    """m copies of a task that step together; each starts again by itself when its episode is over.

    Attributes:
        num_envs: number of copies, m.
        obs_dim: features of an observation.
        action_dim: components of an action, each in [-1, 1].
        horizon: most steps of an episode.
    """

    num_envs: int
    obs_dim: int
    action_dim: int
    horizon: int

    def reset(self, seed_of: SeedOf) -> Tensor:
        """Begin episode 0 in every copy and return observations [m, d]; `seed_of` seeds this and all later episodes."""

    def step(self, actions: Tensor) -> Step:
        """Apply actions [m, A] once."""

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next step depends on, beside `seed_of`."""

    def load_state_dict(self, state: dict[str, Tensor], seed_of: SeedOf) -> Tensor:
        """Go on from what `state_dict` returned; return the observations [m, d] to act on."""


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
        from kmyriad.collaborative.maze import Maze

        return Maze(num_envs)
    from kmyriad.collaborative.control_suite import ControlSuite

    return ControlSuite(task, num_envs, repeat)
