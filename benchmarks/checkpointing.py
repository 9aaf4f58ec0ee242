"""What saving the state costs: its share of the time of one pretraining run at desk scale. Goal: at most 2 %.

Prints JSON. The run is a real one with the default time between saved states, on the disk that holds this folder; both times
are taken in it, so the share does not depend on how busy the machine is. `bound` is the longest save as a share of the time
between two: what a long run tends to at most.
"""

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import torch
import yaml

from benchmarks.arguments import positive
from kmyriad.envs import make
from kmyriad.jobs.resumable import run_to_end
from kmyriad.jobs.state import JobState
from kmyriad.pretrain import Pretraining
from kmyriad.settings import PretrainJob
from kmyriad.settings.config import Config


@dataclass(frozen=True)
class TimedState(JobState):
    """A state that keeps the seconds of each save."""

    seconds: list[float] = field(default_factory=list)

    def save(self, tensors: dict[str, torch.Tensor], rows: list[dict[str, float]], epochs: int) -> None:
        """Pass the call on and time it."""
        started = perf_counter()
        super().save(tensors, rows, epochs)
        self.seconds.append(perf_counter() - started)


def desk_job(heads: int) -> PretrainJob:
    """Return the desk scale's job with `heads` heads in its first environment."""
    config = Config.model_validate(yaml.safe_load(Path("config/config.yaml").read_text()))
    environment, pretrain = config.trainings()[config.environments[0].label]
    return PretrainJob(environment=environment, heads=heads, seed=0, pretrain=pretrain)


def measure(heads: int, threads: int, epochs: int | None, checkpoint_seconds: float | None) -> dict[str, float]:
    """Return the number of saves, their seconds, those of the run, and the two shares; None is what the settings have."""
    torch.set_num_threads(threads)
    job = desk_job(heads)
    settings = job.pretrain
    between = settings.checkpoint_seconds if checkpoint_seconds is None else checkpoint_seconds
    env = make(job.environment.name, settings.envs)
    training = Pretraining(env, settings, heads, list(job.environment.features), job.seed)
    with TemporaryDirectory(prefix=".checkpointing-", dir=".") as folder:
        state = TimedState.of(job, Path(folder))
        started = perf_counter()
        run_to_end(training, epochs or settings.epochs, state, between, "checkpointing", "entropy")
        seconds = perf_counter() - started
        size = state.path.stat().st_size / 2**20 if state.seconds else 0.0
    spent = sum(state.seconds)
    bound = max(state.seconds, default=0.0) / between if between else 1.0
    shares = {"share": spent / seconds, "bound": bound}
    return {"heads": heads, "saves": len(state.seconds), "save_seconds": spent, "run_seconds": seconds, "mib": size, **shares}


def main() -> None:
    """Parse the command line and print the measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heads", type=positive, default=50, help="50 heads have the largest state (default: %(default)s)")
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--epochs", type=positive, help="default: those of the desk scale, about a minute")
    parser.add_argument("--checkpoint-seconds", type=float, help="default: that of the settings")
    print(json.dumps(measure(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
