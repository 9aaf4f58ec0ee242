"""What an environment step costs as one number grows: environments, heads, horizon or threads.

Prints JSON: `base`, the settings compared with, and `rows` of axis, value and `ratio`: the time per environment step of a whole
epoch (rollout, k-NN, update) over that of the base, measured in turns in one process, median of `--rounds`.
"""

import argparse
import json
import statistics
from time import perf_counter
from typing import Any

import torch

from benchmarks.arguments import positive
from kmyriad.envs import make
from kmyriad.pretrain import Pretraining
from kmyriad.settings import PretrainSettings

BASE = {"envs": 1000, "heads": 10, "horizon": 20}
AXES = {"envs": (100, 300, 3000, 16000), "heads": (1, 50, 100, 200), "horizon": (5, 60, 300), "threads": (1, 2)}
QUICK_BASE = {"envs": 40, "heads": 2, "horizon": 3}
QUICK_AXES = {"envs": (20,), "heads": (1, 4), "horizon": (6,), "threads": (1, 2)}


class Case:
    """A training with the settings `numbers`: envs, heads, horizon, threads."""

    def __init__(self, numbers: dict[str, int]) -> None:
        self.threads = numbers["threads"]
        settings = PretrainSettings(envs=numbers["envs"], horizon=numbers["horizon"], threads=self.threads)
        env = make("ant-empty", settings.envs, threads=self.threads)
        self.training = Pretraining(env, settings, numbers["heads"], ["x", "y"], seed=0)

    def seconds_per_step(self) -> float:
        """Run one epoch and return its seconds per environment step."""
        torch.set_num_threads(self.threads)
        started = perf_counter()
        self.training.run_epoch()
        return (perf_counter() - started) / (self.training.settings.envs * self.training.settings.horizon)


def measure(threads: int, rounds: int, quick: bool) -> dict[str, Any]:
    """Return what the module's docstring says; `threads` of the base."""
    numbers, axes = (QUICK_BASE, QUICK_AXES) if quick else (BASE, AXES)
    numbers = {**numbers, "threads": threads}
    base = Case(numbers)
    base.seconds_per_step()
    rows = []
    for axis, values in axes.items():
        for value in values:
            if value != numbers[axis]:
                case = Case({**numbers, axis: value})
                ratio = statistics.median(case.seconds_per_step() / base.seconds_per_step() for _ in range(rounds))
                rows.append({"axis": axis, "value": value, "ratio": ratio})
    return {"base": numbers, "rows": rows}


def main() -> None:
    """Parse the command line and print the measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=positive, default=2)
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--quick", action="store_true", help="tiny numbers that say nothing about speed")
    print(json.dumps(measure(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
