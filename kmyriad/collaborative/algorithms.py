"""What can be put in the loop's two places, by the names of the settings: an intrinsic reward, and what learns from it.

A new algorithm is a file with a class, its line in one of the two tables below and its name in
`kmyriad.settings.collaborative.arms`; the loop stays.
"""

from collections.abc import Callable, Mapping

from torch import Tensor

from kmyriad.collaborative.intrinsic.diayn import Diayn, SkilledPool
from kmyriad.collaborative.intrinsic.distance import Features, log_distance_reward
from kmyriad.collaborative.intrinsic.encoder import make_encoder
from kmyriad.collaborative.intrinsic.intrinsic import Intrinsic
from kmyriad.collaborative.intrinsic.latent import OnLatent
from kmyriad.collaborative.intrinsic.reward import Novelty
from kmyriad.collaborative.intrinsic.rnd import Rnd
from kmyriad.collaborative.learners.a2c import A2c
from kmyriad.collaborative.learners.dice import Dice
from kmyriad.collaborative.learners.dqn import Dqn
from kmyriad.collaborative.learners.drq import Drq, SunriseDrq
from kmyriad.collaborative.learners.learner import Learner, Team
from kmyriad.collaborative.learners.multihead import MultiheadSac
from kmyriad.collaborative.learners.sac import Sac
from kmyriad.collaborative.learners.sunrise import Sunrise
from kmyriad.collaborative.placement import PlacedPool
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.by_name import check_training, make_pool
from kmyriad.collaborative.tasks.games import Games
from kmyriad.collaborative.tasks.pixels import Pixels
from kmyriad.collaborative.tasks.pool import Picture, Pool, Space
from kmyriad.settings.collaborative.arm import CollaborativeSettings

INTRINSICS: dict[str, Callable[[Space, CollaborativeSettings, Streams], Intrinsic]] = {
    "knn": lambda space, settings, streams: Novelty(make_encoder(space, settings, streams), settings.reward),
    "log-distance": lambda _, settings, __: Novelty(Features(settings.reward.features), settings.reward, log_distance_reward),
    "rnd": lambda space, settings, streams: Rnd(space.obs_dim, settings.agents, settings.rnd, streams),
    "diayn": lambda space, settings, streams: Diayn(space.obs_dim, settings.agents, settings.diayn, streams),
}
LEARNERS: dict[str, Callable[[Space, Team, CollaborativeSettings], Learner]] = {
    "sac": lambda _, team, settings: Sac(*team),
    "multihead": lambda _, team, settings: MultiheadSac(*team),
    "sunrise": lambda space, team, settings: make_sunrise(space, team, settings),
    "dice": lambda _, team, settings: Dice(team),
    "a2c": lambda _, team, settings: A2c(team, settings.a2c),
    "dqn": lambda space, team, settings: Dqn(space, team, settings.dqn),
    "drq": lambda space, team, settings: Drq(pictures_of(space), team, settings.drq),
}


def make_intrinsic(space: Space, settings: CollaborativeSettings, streams: Streams, learner: Learner) -> Intrinsic | None:
    """Return the intrinsic reward that the settings name, None where they use none; DrQ's sees what its agents' pictures make."""
    made, encoder = INTRINSICS[settings.reward.kind], learner.critic.encoder if isinstance(learner, Drq) else None
    intrinsic = made(Space(encoder.features, space.action_dim) if encoder else space, settings, streams)
    if encoder:
        intrinsic = OnLatent(intrinsic, encoder, settings.agents, settings.drq.refresh)
    # Made in any case, so that arms with and without a reward leave the generators in one state.
    return intrinsic if settings.reward.used else None


def make_sunrise(space: Space, team: Team, settings: CollaborativeSettings) -> Sunrise:
    """Return SUNRISE on the backbone that observations ask for."""
    if space.picture is None:
        return Sunrise(team, settings.sunrise)
    return SunriseDrq(space.picture, team, settings.drq, settings.sunrise)


def pictures_of(space: Space) -> Picture:
    """Return how the observations lie.

    Raises:
        ValueError: they are no pictures.
    """
    if space.picture is None:
        raise ValueError("learner = drq sees pictures, the task has none: take a task pixels-<domain>-<task>")
    return space.picture


def make_learner(
    space: Space, settings: CollaborativeSettings, streams: Streams, actors: Mapping[str, Tensor] | None = None
) -> Learner:
    """Return the agents that the settings name; `actors`: weights of soft actor-critics' actors to begin with."""
    team = Team(space.obs_dim, space.action_dim, settings.agents, settings.sac, streams.of("networks"))
    learner = LEARNERS[settings.learner](space, team, settings)
    if actors is not None and isinstance(learner, Sac):
        learner.actor.load_state_dict(actors)
    return learner


def succeed(learner: Learner, space: Space, settings: CollaborativeSettings, streams: Streams) -> Learner:
    """Return new agents that have nothing of `learner` but its actors' weights: critics, temperatures and Adam begin anew.

    So does the public url_benchmark when it goes on from a pre-trained policy to a task.
    """
    return make_learner(space, settings, streams, learner.actor.state_dict() if isinstance(learner, Sac) else None)


def make_task(task: str, copies: int, settings: CollaborativeSettings) -> Pool:
    """Return `copies` of the task as the agents see it.

    Raises:
        ValueError: unknown task, or one that does not take the settings.
        ImportError: the task's simulator is missing.
    """
    check_training(task, settings)
    pool = make_pool(task, copies, settings.repeat, settings.drq)
    return SkilledPool(pool, settings.diayn.skills) if settings.reward.kind == "diayn" else pool


def space_of(pool: Pool) -> Space:
    """Return what agents see and do in the task."""
    pool = pool.inner if isinstance(pool, PlacedPool) else pool
    if isinstance(pool, Games):
        return Space(pool.obs_dim, pool.action_dim, pool.choices, pool.picture)
    if isinstance(pool, Pixels):
        return Space(pool.obs_dim, pool.action_dim, picture=pool.picture)
    return Space(pool.obs_dim, pool.action_dim)
