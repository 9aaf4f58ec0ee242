"""What only the real thing can tell of checked settings: environments, objectives, packages, devices."""

from collections.abc import Iterator
from contextlib import contextmanager

from kmyriad.collaborative.tasks.by_name import check_frames, check_packages, check_training
from kmyriad.devices import resolved
from kmyriad.envs.ant.terrains import TERRAINS
from kmyriad.gridworld import world
from kmyriad.jobs import tracking
from kmyriad.jobs.environments import look_at
from kmyriad.names import choose
from kmyriad.papers import PAPERS
from kmyriad.pretrain.objectives import load_objective
from kmyriad.settings import EnvironmentSettings
from kmyriad.settings.config import Config
from kmyriad.settings.errors import ConfigError


def check_things(config: Config) -> None:
    """Make each environment once (one copy each), so that its name and features are real, and find all that is named.

    Raises:
        ConfigError: the first thing that is wrong.
    """
    with _blaming("beside"):
        for paper in config.beside:
            choose(paper, PAPERS[1:], "paper")
    with _blaming("track"):
        tracking.check(config.tracking)
    with _blaming("pretrain.objective"):
        load_objective(config.pretrain.objective)
    for name in config.gridworld.worlds:
        with _blaming("gridworld.worlds"):
            world(name)
    for hung in config.gallery.entries:
        with _blaming(f"gallery: {hung.name}"):
            # Those of other scales' environments are left out; a misspelt one is not.
            choose(hung.environment, [*config.trainings(), *(f"ant-{terrain}" for terrain in TERRAINS)], "environment")
    for (task, _), entry in config.collaborative.entries().items():
        with _blaming("collaborative.blocks"):
            check_training(task, entry.settings)
            if "collaborative" in config.beside:  # a scale without it needs no package of its tasks
                check_packages(task)
    if "collaborative" in config.beside:
        with _blaming("collaborative.device"):
            resolved(config.collaborative.device)
    for side in config.side_by_side.tasks:
        with _blaming(f"side_by_side.tasks: {side.name}"):
            check_environment(side.environment)
            check_points(side.environment, list(side.goals))
    for environment in {training.environment.label: training.environment for training in config.trainings().values()}.values():
        with _blaming(f"environments: {environment.name}"):
            check_environment(environment)
    for label, training in config.trainings().items():
        with _blaming(f"goals of {label}"):
            check_points(training.environment, [point for goals in config.goals(label) for point in goals.points])


def check_memory(config: Config, trainings: set[tuple[str, str]]) -> None:
    """Raise ConfigError unless the frames of each of `trainings`, by task and arm, fit into this machine's memory."""
    for task, arm in sorted(trainings):
        entry = config.collaborative.entries()[task, arm]
        with _blaming(f"collaborative.blocks: {arm} on {task}"):
            check_frames(task, entry.settings, len(entry.seeds))


@contextmanager
def _blaming(where: str) -> Iterator[None]:
    try:
        yield
    # RuntimeError: no OpenGL, or an unknown MUJOCO_GL, which MuJoCo refuses.
    except (ValueError, ImportError, AttributeError, RuntimeError) as error:
        raise ConfigError(f"config: {where}: {error}") from None


def check_environment(environment: EnvironmentSettings) -> None:
    """Raise ValueError or ImportError unless `environment` can be made and has the features that it asks for."""
    known = look_at(environment).feature_names
    for feature in environment.features:
        choose(feature, known, "feature")


def check_points(environment: EnvironmentSettings, points: list[tuple[float, float]]) -> None:
    """Raise ValueError unless `environment` can have each of `points` (x, y), metres, for a goal."""
    for point in points if environment.takes_goals else []:
        look_at(environment, point)
