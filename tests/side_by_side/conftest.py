"""A comparison small enough to run in a second."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from kmyriad.envs.vec_env import VecEnv
from kmyriad.jobs.environments import opened
from kmyriad.pipeline import side_jobs
from kmyriad.settings.config import Config
from kmyriad.settings.side_by_side import SideBySideSettings, SideTrainJob

SMALL = {
    "agents": 2,
    "seeds": [3],
    "points": 2,
    "trajectories": 8,
    "noises": [0.5, 2.0],
    "tasks": [
        {"name": "Room", "environment": "gridworld:room-det", "env_steps": 320, "horizon": 10, "envs": 4, "goals": [[1, 0]]}
    ],
    "pretrain": {
        "trunk": [8],
        "adapter": 8,
        "update": "trust-region",
        "trust_region": {"minibatch": 20, "value_hidden": [8], "passes": 2},
        "objective": "log-volume",
        "learning_rate": {1: 1e-3},
    },
    "collaborative": {
        "seed_steps": 80,
        "updates_per_step": 0.25,
        "sac": {"actor": [8, 8], "critic": [8, 8], "batch": 16, "buffer": 400},
        "reward": {"bank": 20, "k": 5, "encoder_widths": [8, 8]},
        "rnd": {"widths": [8]},
        "diayn": {"widths": [8]},
    },
}


@pytest.fixture
def side() -> SideBySideSettings:
    return SideBySideSettings.model_validate(SMALL)


def job(method: str) -> SideTrainJob:
    """The job of `method` with seed 3."""
    config = Config.model_validate({"environments": ["pointmaze-open"], "side_by_side": SMALL})
    return side_jobs.train(config, "Room", method, "3")


@pytest.fixture
def job_of() -> Callable[[str], SideTrainJob]:
    return job


@pytest.fixture
def make_env() -> Iterator[Callable[[int], VecEnv]]:
    environment = job("kmyriad").task.environment
    with ExitStack() as stack:
        yield lambda copies: stack.enter_context(opened(environment, copies, 3))
