"""Rule `side_train`: one method on one task with one seed. Kill it at any time, run it again."""

import argparse
from contextlib import ExitStack
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from kmyriad.envs.vec_env import VecEnv
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import exclusive, write_rows
from kmyriad.jobs.memory import keep_freed_memory
from kmyriad.jobs.progress import SHOWN
from kmyriad.jobs.records import Written
from kmyriad.jobs.resumable import run_to_end
from kmyriad.jobs.state import JobState
from kmyriad.jobs.teams import save_team
from kmyriad.settings.side_by_side import SideTrainJob
from kmyriad.side_by_side import Population, make_population


def side_train(job: SideTrainJob, team: Path, metrics: Path) -> None:
    """Train `job` from its last saved state, if there is one; write the team and the curve.

    Raises:
        StageError: the same job is running elsewhere, its state is damaged, a file can't be written, training failed, or a signal
            asked to stop (the state is saved then).
    """
    torch.set_num_threads(1)  # the bytes depend on it
    keep_freed_memory()
    state = JobState.of(job, metrics.parent, *job.task.environment.files)
    title = f"{job.method} in {job.task.environment.label}, seed {job.seed}"
    with exclusive(state.lock, f"training {title}"), ExitStack() as stack:

        def make_env(copies: int) -> VecEnv:
            return stack.enter_context(opened(job.task.environment, copies, job.seed))

        population = make_population(job, make_env)
        rows = run_to_end(population, job.points, state, job.checkpoint_seconds, title, SHOWN["side_train"])
        save_team(team, population.team(), job, population.env_steps, sum(row["seconds_training"] for row in rows))
        each = operations(population)
        write_rows(metrics, [{**row, "operations": (row["epoch"] + 1) * each} for row in rows])
        state.discard()


def operations(population: Population) -> int:
    """Return the floating-point operations of the products of matrices in one more segment of training; the agents go on."""
    with FlopCounterMode(display=False) as counter:
        population.learn()
    return counter.get_total_flops()


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.side_train", description=__doc__)
    parser.add_argument("--team", required=True, type=Path, help="agents to write, .safetensors")
    parser.add_argument("--metrics", required=True, type=Written, help="CSV to write, one row a measurement in training")
    run(lambda job, to: side_train(job, to.team, to.metrics), SideTrainJob, parser, arguments)


if __name__ == "__main__":
    main()
