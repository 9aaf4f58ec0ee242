"""How many updates a second PGPSE makes in each world, all five seeds side by side, on one thread.

Prints JSON: for each world the updates a second of 6 parallel agents and of the single agent with 6 trajectories (median of
three runs), and `hours`: what all 24 settings x 10,000 updates would take on one core at the mean of those rates.
"""

import argparse
import json
from statistics import mean, median
from time import perf_counter

import torch

from benchmarks.arguments import positive
from kmyriad.gridworld import WORLDS, train

SEEDS = (0, 1, 2, 42, 133)
ARMS = {"parallel": (6, 1), "single": (1, 6)}
SETTINGS = 24


def rate(world: str, agents: int, trajectories: int, updates: int, repeats: int) -> float:
    """Return the updates a second, the median of `repeats` runs."""
    seconds = []
    for _ in range(repeats):
        started = perf_counter()
        train(world, agents, trajectories, updates, SEEDS)
        seconds.append(perf_counter() - started)
    return updates / median(seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=positive, default=1000)
    parser.add_argument("--repeats", type=positive, default=3)
    parser.add_argument("--threads", type=positive, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rates = {f"{world} {arm}": rate(world, *ARMS[arm], options.updates, options.repeats) for world in WORLDS for arm in ARMS}
    print(json.dumps(rates | {"hours": SETTINGS * 10_000 / mean(rates.values()) / 3600}))


if __name__ == "__main__":
    main()
