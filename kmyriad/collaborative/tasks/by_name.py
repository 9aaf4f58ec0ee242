"""The tasks by name: the maze, those of the DeepMind Control suite, Gymnasium's robots, and games."""

from kmyriad.collaborative.tasks.games import Games
from kmyriad.collaborative.tasks.pool import SUITE_STEPS, Pool
from kmyriad.collaborative.tasks.required import check_installed
from kmyriad.names import choose
from kmyriad.settings.collaborative.arm import CollaborativeSettings

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
ATARI = {
    "atari-asterix": "Asterix",
    "atari-beam_rider": "BeamRider",
    "atari-breakout": "Breakout",
    "atari-space_invaders": "SpaceInvaders",
}
"""The four games of Fig. 13, by what ALE calls them."""
MINATAR = {f"minatar-{name}": name for name in ("asterix", "breakout", "space_invaders")}
"""Their stand-ins on a laptop; MinAtar has no BeamRider."""
GAMES = (*ATARI, *MINATAR)
"""Tasks whose actions are choices."""
_CARTPOLES = ("cartpole-swingup_sparse", "cartpole-swingup")
"""They are not in the paper: where exploration matters and a laptop suffices, and where hardly any is needed."""
TASKS = ("maze", *CONTROL_SUITE, *_CARTPOLES, *GYMNASIUM, *GAMES)
ENDLESS = (*CONTROL_SUITE, *_CARTPOLES, "HalfCheetah-v5")
"""Those whose episodes end at their time limit only."""


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
