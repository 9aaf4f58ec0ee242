"""Two things measured against one another in turns, so that a machine that is busy for a while slows both."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True)
class Work:
    """A piece of work and how many units it is: steps, queries, calls."""

    run: Callable[[], object]
    units: float = 1.0

    def rate(self) -> float:
        """Do it, and return units a second."""
        started = perf_counter()
        self.run()
        return self.units / (perf_counter() - started)


def relative_speed(ours: Work, peer: Work, rounds: int) -> float:
    """Return the rate of `ours` over that of `peer`, the median of `rounds` rounds after one that does not count."""
    ratios = [ours.rate() / peer.rate() for _ in range(rounds + 1)]
    return statistics.median(ratios[1:])
