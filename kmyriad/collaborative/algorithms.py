"""What can be put in the loop's two places, by the names of the settings: an intrinsic reward, and what learns from it.

A new algorithm is a file with a class, its line in one of the two tables below and its name in the settings; the loop stays.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from torch import Tensor

from kmyriad.collaborative.a2c import A2c
from kmyriad.collaborative.diayn import Diayn, Skilled
from kmyriad.collaborative.dice import Dice
from kmyriad.collaborative.encoder import make_encoder
from kmyriad.collaborative.environments import Pool, make_pool
from kmyriad.collaborative.learner import Learner
from kmyriad.collaborative.multihead import MultiheadSac
from kmyriad.collaborative.replay import Batch, Replay
from kmyriad.collaborative.reward import Novelty
from kmyriad.collaborative.rnd import Rnd
from kmyriad.collaborative.sac import Sac
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.sunrise import Sunrise
from kmyriad.settings.collaborative import CollaborativeSettings


class Intrinsic(Protocol):
    """Relabels the rewards of replayed transitions (3.2), and learns from the same batches."""

    @property
    def learns(self) -> bool:
        """Whether `learn` may be called."""

    def rewards(self, batch: Batch, replay: Replay) -> Tensor:
        """Return each agent's intrinsic rewards of the batch, [G, N, B], not yet scaled by lambda. Changes nothing."""

    def learn(self, batch: Batch, replay: Replay, streams: Streams) -> Tensor:
        """Take one step, after the agents'; return the losses [G]. Random numbers are those of the purpose "positives"."""

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next step depends on."""

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""


def _knn(obs_dim: int, settings: CollaborativeSettings, streams: Streams) -> Intrinsic:
    return Novelty(make_encoder(obs_dim, settings.reward, streams), settings.reward)


def _rnd(obs_dim: int, settings: CollaborativeSettings, streams: Streams) -> Intrinsic:
    return Rnd(obs_dim, settings.agents, settings.rnd, streams)


def _diayn(obs_dim: int, settings: CollaborativeSettings, streams: Streams) -> Intrinsic:
    return Diayn(obs_dim, settings.agents, settings.diayn, streams)


def _sac(kind: type[Sac], obs_dim: int, action_dim: int, settings: CollaborativeSettings, streams: Streams) -> Sac:
    return kind(obs_dim, action_dim, settings.agents, settings.sac, streams.of("networks"))


def _sunrise(obs_dim: int, action_dim: int, settings: CollaborativeSettings, streams: Streams) -> Sac:
    return Sunrise(obs_dim, action_dim, settings.agents, settings.sac, settings.sunrise, streams.of("networks"))


def _a2c(obs_dim: int, action_dim: int, settings: CollaborativeSettings, streams: Streams) -> A2c:
    return A2c(obs_dim, action_dim, settings.agents, settings.sac, settings.a2c, streams.of("networks"))


INTRINSICS: dict[str, Callable[[int, CollaborativeSettings, Streams], Intrinsic]] = {
    "knn": _knn,
    "rnd": _rnd,
    "diayn": _diayn,
}
LEARNERS: dict[str, Callable[[int, int, CollaborativeSettings, Streams], Learner]] = {
    "sac": partial(_sac, Sac),
    "multihead": partial(_sac, MultiheadSac),
    "sunrise": _sunrise,
    "dice": partial(_sac, Dice),
    "a2c": _a2c,
}


def make_intrinsic(obs_dim: int, settings: CollaborativeSettings, streams: Streams) -> Intrinsic | None:
    """Return the intrinsic reward that the settings name, None where they use none."""
    intrinsic = INTRINSICS[settings.reward.kind](obs_dim, settings, streams)
    # Made in any case, so that arms with and without a reward leave the generators in one state.
    return intrinsic if settings.reward.used else None


def make_learner(obs_dim: int, action_dim: int, settings: CollaborativeSettings, streams: Streams) -> Learner:
    """Return the agents that the settings name."""
    return LEARNERS[settings.learner](obs_dim, action_dim, settings, streams)


def make_task(task: str, copies: int, settings: CollaborativeSettings) -> Pool:
    """Return `copies` of the task as the agents see it.

    Raises:
        ValueError: unknown task, or one that does not take the settings.
        ImportError: the task's simulator is missing.
    """
    pool = make_pool(task, copies, settings.repeat)
    return Skilled(pool, settings.diayn.skills) if settings.reward.kind == "diayn" else pool
