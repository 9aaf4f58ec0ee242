"""Rule `side_sac`: a soft actor-critic from a team's best agent to one goal. Kill it at any time, run it again."""

import argparse
from pathlib import Path

import torch

from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import StageError, exclusive, write_rows
from kmyriad.jobs.progress import SHOWN
from kmyriad.jobs.records import Written
from kmyriad.jobs.resumable import run_to_end
from kmyriad.jobs.state import JobState
from kmyriad.jobs.teams import best_agent
from kmyriad.settings.side_by_side import METHODS, SideSacJob
from kmyriad.side_by_side.continued import Continued


def side_sac(job: SideSacJob, team: Path, metrics: Path) -> None:
    """Choose the agent of `team` as `side_finetune` does, let it go on from the last saved state, and write the metrics.

    From method `untrained` a new actor begins.

    Raises:
        StageError: as `kmyriad.stages.side_finetune.side_finetune`; the method's agents are no soft actor-critics.
    """
    torch.set_num_threads(1)  # the bytes depend on it
    kind, task = METHODS[job.method].kind, job.task
    if kind == "on-policy":
        raise StageError(f"{job.method} has no soft actor-critics to go on from: name untrained or an off-policy method")
    state = JobState.of(job, metrics.parent, team, *task.environment.files)
    title = f"{task.environment.label}, SAC from {job.method}, goal {job.goal}, seed {job.seed}"
    with exclusive(state.lock, f"training {title}"):
        agent, policy = best_agent(team, task, job.goal, job.seed, job.choosing)
        given = (task.environment, 1, job.seed, task.goals[job.goal])
        with opened(*given) as env, opened(*given) as trying:
            start = policy if kind == "off-policy" else None
            training = Continued(env, trying, job.settings, task.horizon, job.seed, start)
            rows = run_to_end(training, job.settings.blocks, state, job.checkpoint_seconds, title, SHOWN["side_sac"])
        write_rows(metrics, [{**row, "agent": agent} for row in rows])
        state.discard()


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.side_sac", description=__doc__)
    parser.add_argument("--team", required=True, type=Path, help="what side_train wrote")
    parser.add_argument("--metrics", required=True, type=Written, help="CSV to write, one row for as many episodes as PPO's")
    run(lambda job, options: side_sac(job, options.team, options.metrics), SideSacJob, parser, arguments)


if __name__ == "__main__":
    main()
