"""One episode of a cast, and its length."""

from collections.abc import Iterator

import numpy as np
import torch

from kmyriad.play.cast import Cast

SECONDS = 10.0
"""Simulated seconds of an episode where none are asked for."""


def horizon(cast: Cast, seconds: float | None) -> int:
    """Return the actions of an episode of `seconds`, at least one, and no more than the task has."""
    actions = max(1, round((SECONDS if seconds is None else seconds) / cast.simulation.seconds))
    return actions if cast.simulation.horizon is None else min(actions, cast.simulation.horizon)


@torch.no_grad()
def episode(cast: Cast, actions: int) -> Iterator[np.ndarray]:
    """Yield the states [1, n, nstate] at the start, then those [k, n, nstate] on the way of each action."""
    obs, start = cast.simulation.reset()
    yield start[None]
    for _ in range(actions):
        obs, states = cast.simulation.step(cast.act(obs))
        yield states
