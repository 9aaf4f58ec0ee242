"""The tasks by name: the maze, those of the DeepMind Control suite, Gymnasium's robots, and games."""

from kmyriad.collaborative.tasks.games import Games
from kmyriad.collaborative.tasks.pool import SUITE_STEPS, Pool
from kmyriad.collaborative.tasks.required import check_installed
from kmyriad.names import choose
from kmyriad.settings.collaborative.arm import CollaborativeSettings
from kmyriad.settings.collaborative.tasks import ATARI, ENDLESS, GAMES, GYMNASIUM, MINATAR, TASKS


def check_task(task: str, repeat: int) -> None:
    """Raise ValueError unless `task` is one of TASKS and its actions can be held for `repeat` simulator steps."""
    if choose(task, TASKS, "task") == "maze":
        if repeat != 1:
            raise ValueError(f"repeat = {repeat}: the maze has no simulator steps to repeat, set it to 1")
    elif task in GAMES:
        if repeat != 1:
            raise ValueError(f"repeat = {repeat}: {task} has its own number of frames for an action, set it to 1")
    elif SUITE_STEPS % repeat:
        raise ValueError(
            f"repeat = {repeat} does not divide the {SUITE_STEPS} simulator steps of an episode: take 1, 2, 4, 5 or 8"
        )


def check_training(task: str, settings: CollaborativeSettings) -> None:
    """Raise ValueError unless the settings fit `task`: as `check_task`, in the kind of actions, and in how episodes end."""
    check_task(task, settings.repeat)
    if task in GAMES and settings.learner != "dqn":
        raise ValueError(
            f"the actions of {task} are choices, those of learner = {settings.learner} continuous: set learner to dqn in the "
            "settings and take the arms dqn, independent, replica, ego, ce or shift"
        )
    if task not in GAMES and settings.learner == "dqn":
        raise ValueError(f"the actions of {task} are continuous, those of learner = dqn choices: take another learner, or a game")
    if task in ENDLESS and settings.reward.shift:
        raise ValueError(
            f"reward.shift = {settings.reward.shift:g} changes nothing in {task}, which ends at its time limit only: set it to 0"
        )


def check_packages(task: str) -> None:
    """Raise ImportError with the command to run unless what a game needs is installed."""
    if task in GAMES:
        check_installed(*(("minatar",) if task in MINATAR else ("ale_py", "cv2")))


def make_pool(task: str, num_envs: int, repeat: int = 1) -> Pool:
    """Return `num_envs` copies of `task` (one of TASKS) in which each action is held for `repeat` simulator steps.

    Rewards of the held steps add up. The maze and games take no repeat.

    Raises:
        ValueError: unknown task, with the nearest name; a repeat that it does not take.
        ImportError: dm_control or a game's package is missing; the message says how to install it.
    """
    check_task(task, repeat)
    if task == "maze":
        from kmyriad.collaborative.tasks.maze import Maze

        return Maze(num_envs)
    if task in GYMNASIUM:
        from kmyriad.collaborative.tasks.gymnasium_robots import GymnasiumRobots

        return GymnasiumRobots(task, num_envs, repeat)
    if task in ATARI:
        from kmyriad.collaborative.tasks.atari import AtariGame

        return Games(lambda: AtariGame(ATARI[task]), num_envs)
    if task in MINATAR:
        from kmyriad.collaborative.tasks.minatar import MinAtarGame

        return Games(lambda: MinAtarGame(MINATAR[task]), num_envs)
    from kmyriad.collaborative.tasks.control_suite import ControlSuite

    return ControlSuite(task, num_envs, repeat)
