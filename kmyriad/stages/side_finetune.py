"""Rule `side_finetune`: PPO from a team's best agent to one goal. Kill it at any time, run it again."""

import argparse
from pathlib import Path

import torch

from kmyriad.finetune import PPO
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import exclusive, write_rows
from kmyriad.jobs.progress import SHOWN
from kmyriad.jobs.records import Written
from kmyriad.jobs.resumable import run_to_end
from kmyriad.jobs.state import JobState
from kmyriad.jobs.teams import best_agent
from kmyriad.settings.side_by_side import SideFinetuneJob


def side_finetune(job: SideFinetuneJob, team: Path, metrics: Path) -> None:
    """Choose the agent of `team` that does best on the goal, train it from the last saved state, and write the metrics.

    An agent is tried in as many environments as PPO has; the first row is the chosen one's before it learns, as PPO's first
    update is.

    Raises:
        StageError: as `kmyriad.stages.finetune.finetune`; also if the task has no such goal.
    """
    torch.set_num_threads(1)  # the bytes depend on it
    task, settings = job.task, job.finetune
    state = JobState.of(job, metrics.parent, team, *task.environment.files)
    title = f"{task.environment.label}, {metrics.parent.parent.parent.name}, goal {job.goal}, seed {job.seed}"
    with exclusive(state.lock, f"fine-tuning {title}"):
        agent, policy = best_agent(team, task, job.goal, job.seed, settings.envs)
        with opened(task.environment, settings.envs, job.seed, task.goals[job.goal]) as env:
            training = PPO(env, policy, settings, job.seed)
            rows = run_to_end(training, settings.updates, state, job.checkpoint_seconds, title, SHOWN["side_finetune"])
        write_rows(metrics, [{**row, "agent": agent} for row in rows])
        state.discard()


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.side_finetune", description=__doc__)
    parser.add_argument("--team", required=True, type=Path, help="what side_train wrote")
    parser.add_argument("--metrics", required=True, type=Written, help="CSV to write, one row a rollout")
    run(lambda job, options: side_finetune(job, options.team, options.metrics), SideFinetuneJob, parser, arguments)


if __name__ == "__main__":
    main()
