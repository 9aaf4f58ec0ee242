"""The tasks by name: the maze, those of the DeepMind Control suite, by features or a camera, Gymnasium's robots, and games."""

from kmyriad.collaborative.frames import check_fits
from kmyriad.collaborative.pictures import features_of
from kmyriad.collaborative.tasks.games import Games
from kmyriad.collaborative.tasks.pixels import Pixels, picture_of
from kmyriad.collaborative.tasks.pool import SUITE_STEPS, Pool
from kmyriad.collaborative.tasks.required import check_installed
from kmyriad.envs.opengl import check_opengl_elsewhere
from kmyriad.names import choose
from kmyriad.settings.collaborative.arm import CollaborativeSettings
from kmyriad.settings.collaborative.drq import DrqSettings
from kmyriad.settings.collaborative.study import FIG_4
from kmyriad.settings.collaborative.tasks import ATARI, ENDLESS, GAMES, GYMNASIUM, MINATAR, PIXELS, TASKS


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
    _check_pictures(task, settings)
    if task in ENDLESS and settings.reward.shift:
        raise ValueError(
            f"reward.shift = {settings.reward.shift:g} changes nothing in {task}, which ends at its time limit only: set it to 0"
        )


def _check_pictures(task: str, settings: CollaborativeSettings) -> None:
    """Raise ValueError unless the learner sees what the task shows: pictures of a camera, or features."""
    if task not in PIXELS:
        if settings.learner == "drq":
            raise ValueError(
                f"the observations of {task} are no pictures of a camera, as learner = drq sees: take another learner, or a "
                f"task pixels-<domain>-<task> such as {PIXELS[0]}"
            )
        return
    if settings.learner not in ("drq", "sunrise"):
        raise ValueError(
            f"the observations of {task} are pictures, which learner = {settings.learner} does not see: set learner to drq in "
            f"the settings and take the arms {', '.join(FIG_4)}"
        )
    if "q_classifier" in settings.evaluation.ways:
        raise ValueError(f"evaluation.how = q_classifier sees no pictures such as those of {task}: set it to first or softmax")
    if settings.reward.used and settings.reward.kind not in ("knn", "rnd"):
        raise ValueError(f"reward.kind = {settings.reward.kind} is not built for the pictures of {task}: set it to knn or rnd")
    features_of(picture_of(settings.drq), settings.drq.convolutions)


def check_packages(task: str) -> None:
    """Raise ImportError or OpenGLError with the command to run unless what a game, or a camera, needs is installed."""
    if task in GAMES:
        check_installed(*(("minatar",) if task in MINATAR else ("ale_py", "cv2")))
    if task in PIXELS:
        check_opengl_elsewhere()


def check_frames(task: str, settings: CollaborativeSettings, seeds: int) -> None:
    """Raise ValueError unless the frames of a training of so many seeds, seen by a camera, fit in this machine's memory."""
    if task in PIXELS:
        check_fits(seeds, settings.agents, settings.capacity, picture_of(settings.drq))


def make_pool(task: str, num_envs: int, repeat: int = 1, drq: DrqSettings | None = None) -> Pool:
    """Return `num_envs` copies of `task` (one of TASKS) in which each action is held for `repeat` simulator steps.

    Rewards of the held steps add up. The maze and games take no repeat. `drq` says how large pictures are.

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
    if task in PIXELS:
        return Pixels(task, num_envs, repeat, picture_of(drq or DrqSettings()))
    from kmyriad.collaborative.tasks.control_suite import ControlSuite

    return ControlSuite(task, num_envs, repeat)
