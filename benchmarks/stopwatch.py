"""Where the time of a pretraining epoch goes, part by part, without slowing it: a clock that belongs to one part at a time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

from kmyriad.estimators import credit
from kmyriad.pretrain import Pretraining
from kmyriad.rollout import epochs

PARTS = ("physics", "observation", "policy", "storage", "k-NN", "credit", "update", "other")
"""Of an epoch. *physics* is mujoco.rollout, *observation* the rest of the environment; *storage* what `collect` does itself,
which is to write the trajectory; *credit* the objective less its k-NN; *other* seeds and the search for frozen environments."""
Wrap = Callable[[str, Callable[..., Any]], Callable[..., Any]]


def clock_of(threads: int) -> Callable[[], float]:
    """Return the clock for `threads` threads: for one that of CPU time, which other processes hardly lengthen."""
    return process_time if threads == 1 else perf_counter


class Stopwatch:
    """Seconds of each part; while one part calls another, the time is that of the other alone.

    `clock` tells the time in seconds; for a GPU, one that waits for it.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock, self._parts = clock, ["other"]
        self.start()

    def start(self) -> None:
        """Forget all times, and count from now on."""
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._since = self._clock()

    def stop(self) -> dict[str, float]:
        """Return the seconds of each part since `start`."""
        self._hand_over()
        return dict(self.seconds)

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function` such that its time counts as that of `part`."""

        def call(*arguments: Any, **options: Any) -> Any:
            self._hand_over()
            self._parts.append(part)
            try:
                return function(*arguments, **options)
            finally:
                self._hand_over()
                self._parts.pop()

        return call

    def _hand_over(self) -> None:
        now = self._clock()
        self.seconds[self._parts[-1]] += now - self._since
        self._since = now


@contextmanager
def instrumented(training: Pretraining, wrap: Wrap) -> Iterator[None]:
    """Put `wrap(part, function)` in place of the function behind each part of an epoch of `training`, for a while."""
    env = training.env
    places: tuple[tuple[Any, str, str], ...] = (
        (*((env.sim.pool, "rollout") if hasattr(env.sim, "pool") else (env.sim, "step")), "physics"),
        (env, "step", "observation"),
        (env, "reset", "observation"),
        (training.policy, "sample", "policy"),
        (epochs, "collect", "storage"),
        (training, "_credit", "credit"),
        (credit, "knn", "k-NN"),
        (training, "_learn", "update"),
    )
    with ExitStack() as stack:
        for owner, name, part in places:
            stack.enter_context(patch.object(owner, name, wrap(part, getattr(owner, name))))
        yield
