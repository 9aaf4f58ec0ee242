"""Rule `side_train`: one method on one task with one seed, and what its agents do then. Kill it at any time, run it again."""

import argparse
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import torch
from torch.utils.flop_counter import FlopCounterMode

from kmyriad.envs.vec_env import VecEnv
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import exclusive, write_atomically, write_rows
from kmyriad.jobs.memory import keep_freed_memory
from kmyriad.jobs.progress import SHOWN
from kmyriad.jobs.records import Written
from kmyriad.jobs.resumable import run_to_end
from kmyriad.jobs.state import JobState
from kmyriad.jobs.teams import save_team
from kmyriad.rollout import Trajectory
from kmyriad.settings.side_by_side import SideTrainJob
from kmyriad.side_by_side import Population, make_population, measure
from kmyriad.side_by_side.measures import seen_by, visit_counts


def side_train(job: SideTrainJob, team: Path, metrics: Path, measures: Path, visits: Path) -> None:
    """Train `job` from its last saved state, if there is one; write the team, the curve, its measures and where it went.

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
        seconds = sum(row["seconds_training"] for row in rows)
        save_team(team, population.team(), job, population.env_steps, seconds)
        _measure(job, population, make_env(job.agents * job.trajectories), seconds, measures, visits)
        write_rows(metrics, rows)
        state.discard()


def _measure(job: SideTrainJob, population: Population, env: VecEnv, seconds: float, measures: Path, visits: Path) -> None:
    """Write what the trained agents do, with sampled and with mean actions, what that cost, and where they went."""

    def seen(deterministic: bool) -> Trajectory:
        return seen_by(env, population.team(), job.task.horizon, job.seed, 0, deterministic)

    task, found = job.task, {deterministic: seen(deterministic) for deterministic in (False, True)}
    cost = {"env_steps": population.env_steps, "seconds": seconds, "operations": operations(population) * job.points}
    rows = [
        asdict(measure(trajectory, job.agents, population.xy, job.k, job.trajectories, task.cell, deterministic)) | cost
        for deterministic, trajectory in found.items()
    ]
    write_atomically(measures, lambda path: pd.DataFrame(rows).to_csv(path, index=False, float_format="%.6g"))
    went = visit_counts(found[False], job.agents, population.xy, task.cell)
    write_atomically(visits, lambda path: went.to_csv(path, index=False, float_format="%.6g"))


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
    parser.add_argument("--measures", required=True, type=Written, help="CSV to write, of sampled and of mean actions")
    parser.add_argument("--visits", required=True, type=Written, help="CSV to write, the cells that each agent visits")
    run(lambda job, to: side_train(job, to.team, to.metrics, to.measures, to.visits), SideTrainJob, parser, arguments)


if __name__ == "__main__":
    main()
