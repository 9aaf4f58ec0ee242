"""Environments from their settings."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from kmyriad.envs import VecEnv, make, probe
from kmyriad.settings import EnvironmentSettings

Goal = tuple[float, float]
"""x and y in metres."""


@contextmanager
def opened(environment: EnvironmentSettings, envs: int, seed: int, goal: Goal | None = None) -> Iterator[VecEnv]:
    """Make `envs` copies of `environment`, with the reward of `goal` or, where that is None, their own; close them in the end.

    Some simulators notice only then that something was lost on the way, so nothing should be saved before.
    """
    env = make(
        environment.name,
        envs,
        environment.backend,
        seed,
        environment.device,
        **environment.settings,
        **_task(goal),
    )
    try:
        yield env
    except BaseException:
        with suppress(RuntimeError):  # the first error is the one to tell
            env.close()
        raise
    env.close()


def look_at(environment: EnvironmentSettings, goal: Goal | None = None) -> VecEnv:
    """Return one closed copy of `environment`: what can be said of it without a step.

    Raises:
        ValueError, ImportError: as `kmyriad.envs.make`.
    """
    env = probe(environment.name, environment.backend, environment.device, **environment.settings, **_task(goal))
    env.close()
    return env


def _task(goal: Goal | None) -> dict[str, Any]:
    return {} if goal is None else {"goal": goal}
