"""One epoch of pretraining against its roofline, in one process: bare physics + arithmetic at the machine's matrix rate.

Prints JSON: `shares` of the epoch's time, by part (see stopwatch.py), of the epoch whose ratio is the median; and medians over
the epochs of `ratio`, the time over the roofline, of `distance`, each part's time over its own limit (see roofline.py), and of
`arithmetic`, the share of the time that the matrix products need at least. `peak_gib` is the memory after the first
epoch, before the limits have been measured. Times are CPU times on one thread, else those of the clock.

The physics time is that of the mujoco.rollout calls of the very epoch that is measured, and the machine's rates are measured
just before and after it, so that the ratio does not depend on how busy the machine is from minute to minute.
"""

import argparse
import json
import resource
import statistics
from pathlib import Path
from typing import Any

import torch
import yaml

from benchmarks.arguments import positive
from benchmarks.roofline import Machine, limits
from benchmarks.stopwatch import Stopwatch, clock_of, instrumented
from kmyriad.envs import make
from kmyriad.pretrain import Pretraining
from kmyriad.settings import PretrainSettings
from kmyriad.settings.config import Config


def paper_training(heads: int, envs: int, horizon: int, threads: int) -> Pretraining:
    """Return a training on Empty, and set torch to `threads` threads."""
    torch.set_num_threads(threads)
    settings = PretrainSettings(envs=envs, horizon=horizon, threads=threads)
    return Pretraining(make("ant-empty", envs), settings, heads, ["x", "y"], seed=0)


def desk_training(heads: int, threads: int) -> Pretraining:
    """Return a training on Empty with the settings of desk scale, all heads from the start; set torch to `threads` threads."""
    torch.set_num_threads(threads)
    desk = Config.model_validate(yaml.safe_load(Path("config/config.yaml").read_text())).pretrain
    settings = desk.model_copy(update={"grow": None})
    return Pretraining(make("ant-empty", settings.envs), settings, heads, ["x", "y"], seed=0)


def training_parser(description: str) -> argparse.ArgumentParser:
    """Return a command line with what `paper_training` takes."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heads", type=positive, default=10)
    parser.add_argument("--envs", type=positive, default=1000)
    parser.add_argument("--horizon", type=positive, default=600)
    parser.add_argument("--threads", type=positive, default=2)
    return parser


def timed_epoch(training: Pretraining, watch: Stopwatch, size: int) -> dict[str, Any]:
    """Run one epoch and return its shares, ratio, distances and arithmetic; `size` of the matrices for the rates."""
    before = Machine.measured(size)
    watch.start()
    training.run_epoch()
    parts = watch.stop()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    bounds = limits(training, before.averaged(Machine.measured(size)))
    seconds, arithmetic = sum(parts.values()), bounds["policy"] + bounds["update"]
    return {
        "ratio": seconds / (parts["physics"] + arithmetic),
        "arithmetic": arithmetic / seconds,
        "shares": {part: spent / seconds for part, spent in parts.items()},
        "distance": {part: parts[part] / bound for part, bound in bounds.items()},
        "peak_gib": peak,
    }


def measure(
    heads: int, envs: int, horizon: int, threads: int, epochs: int, matrix_size: int, desk: bool = False
) -> dict[str, Any]:
    """Return what the module's docstring says."""
    training = desk_training(heads, threads) if desk else paper_training(heads, envs, horizon, threads)
    watch = Stopwatch(clock_of(threads))
    with instrumented(training, watch.timed):
        rows = [timed_epoch(training, watch, matrix_size) for _ in range(epochs)]
    middle = sorted(rows, key=lambda row: row["ratio"])[(epochs - 1) // 2]
    medians = {key: statistics.median(row[key] for row in rows) for key in ("ratio", "arithmetic")}
    distance = {part: statistics.median(row["distance"][part] for row in rows) for part in middle["distance"]}
    return {"heads": heads, **medians, "shares": middle["shares"], "distance": distance, "peak_gib": rows[0]["peak_gib"]}


def main() -> None:
    """Parse the command line and print the measurement."""
    parser = training_parser(str(__doc__))
    parser.add_argument("--epochs", type=positive, default=3)
    parser.add_argument("--desk", action="store_true", help="the update and sizes of desk scale, not the paper's")
    parser.add_argument("--matrix-size", type=positive, default=2048, help="of the product that measures the machine")
    print(json.dumps(measure(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
