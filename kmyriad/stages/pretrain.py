"""Rule `pretrain`: one policy for one environment, number of heads and seed. Kill it at any time; run it again to go on."""

import argparse
from pathlib import Path

import torch

from kmyriad.jobs.checkpoint import save_trained
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import exclusive, write_rows
from kmyriad.jobs.progress import SHOWN
from kmyriad.jobs.records import Written
from kmyriad.jobs.resumable import run_to_end
from kmyriad.jobs.state import JobState
from kmyriad.pretrain import Pretraining
from kmyriad.settings import PretrainJob


def pretrain(job: PretrainJob, policy_path: Path, metrics_path: Path, keep: bool = False) -> None:
    """Train `job` from its last saved state, if there is one, and write the policy, its sidecar and the metrics.

    With `keep` the state stays when all is done: run again, it writes the same once more without training.

    Raises:
        StageError: the same job is running elsewhere, its state is damaged, a file can't be written, or a signal asked
            to stop (the state is saved then).
    """
    torch.set_num_threads(job.pretrain.threads)
    environment, settings = job.environment, job.pretrain
    state = state_of(job, metrics_path)
    title = f"{environment.label}, {job.heads} heads, seed {job.seed}"
    with exclusive(state.lock, f"pretraining {title}"):
        with opened(environment, settings.envs, job.seed) as env:
            training = Pretraining(env, settings, job.heads, list(environment.features), job.seed)
            rows = run_to_end(training, settings.epochs, state, settings.checkpoint_seconds, title, SHOWN["pretrain"])
            if keep:
                state.save(training.state_dict(), rows, settings.epochs)
        save_trained(policy_path, training.policy, job, rows, settings.threads)
        write_rows(metrics_path, rows)
        if not keep:
            state.discard()


def state_of(job: PretrainJob, metrics_path: Path) -> JobState:
    """Return the state of `job`, whose metrics go to `metrics_path`."""
    return JobState.of(job, metrics_path.parent, *job.environment.files)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.pretrain", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to write, .safetensors")
    parser.add_argument("--metrics", required=True, type=Written, help="CSV to write, one row an epoch")
    run(lambda job, options: pretrain(job, options.policy, options.metrics), PretrainJob, parser, arguments)


if __name__ == "__main__":
    main()
