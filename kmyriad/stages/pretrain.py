"""Rule `pretrain`: one policy for one environment, number of heads and seed. Kill it at any time; run it again to go on."""

import argparse
import csv
import sys
from dataclasses import asdict
from pathlib import Path
from time import monotonic

import torch

from kmyriad.envs import make
from kmyriad.pretrain import Pretraining
from kmyriad.settings import PretrainJob
from kmyriad.stages.checkpoint import provenance, save_policy
from kmyriad.stages.command import run
from kmyriad.stages.files import StageError, exclusive, write_atomically
from kmyriad.stages.interrupts import StopRequest
from kmyriad.stages.progress import Progress
from kmyriad.stages.state import JobState


def pretrain(job: PretrainJob, policy_path: Path, metrics_path: Path) -> None:
    """Train `job` from its last saved state, if there is one, and write the policy, its sidecar and the metrics.

    Raises:
        StageError: the same job is running elsewhere, its state is damaged, a file can't be written, or a signal asked
            to stop (the state is saved then).
    """
    torch.set_num_threads(job.pretrain.threads)
    state = JobState.of(job, metrics_path.parent)
    with exclusive(state.lock, f"pretraining {_title(job)}"):
        training, rows = _start_or_resume(job, state)
        _train(job, training, rows, state)
        env_steps = rows[-1]["env_steps"]
        seconds = sum(value for row in rows for name, value in row.items() if name.startswith("seconds"))
        facts = {"settings": job.model_dump(mode="json"), "seed": job.seed, "env_steps": env_steps, "seconds": seconds}
        save_policy(policy_path, training.policy, facts | provenance(job.pretrain.threads, "cpu"))
        write_atomically(metrics_path, lambda path: _write_csv(path, rows))
        state.discard()


def _start_or_resume(job: PretrainJob, state: JobState) -> tuple[Pretraining, list[dict[str, float]]]:
    environment = job.environment
    env = make(environment.name, job.pretrain.envs, environment.backend, job.seed, **environment.settings)
    training = Pretraining(env, job.pretrain, job.heads, list(environment.features), job.seed)
    saved = state.load()
    if saved is None:
        return training, []
    tensors, rows = saved
    training.load_state_dict(tensors)
    print(f"going on from {state.path}, epoch {training.next_epoch}", file=sys.stderr, flush=True)
    return training, rows


def _train(job: PretrainJob, training: Pretraining, rows: list[dict[str, float]], state: JobState) -> None:
    stop, saved = StopRequest(), monotonic()
    progress = Progress(job.pretrain.epochs, training.next_epoch, _title(job))
    while training.next_epoch < job.pretrain.epochs:
        rows.append(asdict(training.run_epoch()))
        progress.advance(rows[-1]["entropy"])
        if stop or monotonic() - saved >= job.pretrain.checkpoint_seconds:
            state.save(training.state_dict(), rows)
            saved = monotonic()
        if stop:
            raise StageError(f"stopped by {stop.name} after epoch {training.next_epoch}; run it again to go on from there")
    progress.close()


def _title(job: PretrainJob) -> str:
    return f"{job.environment.label}, {job.heads} heads, seed {job.seed}"


def _write_csv(path: Path, rows: list[dict[str, float]]) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.pretrain", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to write, .safetensors")
    parser.add_argument("--metrics", required=True, type=Path, help="CSV to write, one row an epoch")
    run(lambda job, options: pretrain(job, options.policy, options.metrics), PretrainJob, parser, arguments)


if __name__ == "__main__":
    main()
