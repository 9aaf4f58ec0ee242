"""Where key points of a robot go while trained agents move it (Fig. 6)."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import pandas as pd
import torch
from torch import Tensor

from kmyriad.collaborative.learners.learner import Learner
from kmyriad.collaborative.streams import evaluation_seed
from kmyriad.collaborative.tasks.pool import Pool

COLUMNS = ("seed", "agent", "step", "head_x", "head_z", "waist_x", "waist_z", "foot_x", "foot_z")
_NUMBER = 2**32 - 2  # of the evaluation whose episodes these are: one that neither training nor Table 3 reaches


@runtime_checkable
class Walkers(Pool, Protocol):
    """A pool of robots that have a head, a waist and a foot."""

    def points(self) -> Tensor:
        """Return where these are, [m, 3, 2]: x and z in metres."""


@torch.no_grad()
def gaits(learner: Learner, pool: Walkers, seeds: Sequence[int], steps: int) -> pd.DataFrame:
    """Let every agent of every seed play an episode by the mean of its policy; return COLUMNS, in metres.

    A row for each step of the first `steps` before the episode ends, step 0 being the start; all agents of a seed start alike.
    """
    lead = (len(seeds), learner.agents)
    obs = pool.reset(lambda place, episode: evaluation_seed(seeds[place // lead[1]], _NUMBER, 0, episode))
    playing, found = torch.ones(pool.num_envs, dtype=torch.bool), []
    for step in range(steps):
        found += _rows(pool.points(), playing, step, seeds, learner.agents)
        mean, _ = learner.policies(obs.view(*lead, 1, -1))
        outcome = pool.step(learner.bounded(mean).flatten(0, 2))
        playing, obs = playing & ~outcome.ended, outcome.obs
    return pd.DataFrame(found, columns=list(COLUMNS))


def _rows(points: Tensor, playing: Tensor, step: int, seeds: Sequence[int], agents: int) -> list[tuple[float, ...]]:
    """Return a row for each of the copies that `playing` marks."""
    places = playing.nonzero()[:, 0].tolist()
    return [(seeds[place // agents], place % agents, step, *points[place].flatten().tolist()) for place in places]
