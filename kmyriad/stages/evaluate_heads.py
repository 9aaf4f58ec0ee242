"""Rule `evaluate_heads`: every head of a policy tries one goal, one row a head."""

import argparse
from pathlib import Path

import torch

from kmyriad.heads import evaluate_heads as tabulate
from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import write_atomically
from kmyriad.jobs.records import Written
from kmyriad.rollout import Purpose, play, random_seeds
from kmyriad.settings import EvaluateHeadsJob
from kmyriad.stages.goals import load_goal


def evaluate_heads(job: EvaluateHeadsJob, policy_path: Path, goals_path: Path, table_path: Path) -> None:
    """Write the table of `kmyriad.heads.evaluate_heads` over `job.rollouts` rollouts."""
    torch.set_num_threads(job.threads)
    goal = load_goal(goals_path, job.goal)
    with opened(job.environment, job.envs, job.seed, goal) as env:
        policy = load_policy(policy_path, env.obs_dim, env.action_dim).to(env.device)
        trajectories = []
        for rollout in range(job.rollouts):
            policy_seed, env_seed, _ = random_seeds(Purpose.EVALUATE_HEADS, job.seed, rollout)
            trajectories.append(play(env, policy, job.horizon, policy_seed, env_seed))
    xy = [env.feature_names.index(name) for name in ("x", "y")] if goal else []
    table = tabulate(trajectories, policy.num_heads, goal, xy)
    write_atomically(table_path, lambda path: table.to_csv(path, index=False, float_format="%.6g"))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.evaluate_heads", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to read")
    parser.add_argument("--goals", required=True, type=Path, help="what the stage goals wrote")
    parser.add_argument("--table", required=True, type=Written, help="CSV to write")
    run(
        lambda job, options: evaluate_heads(job, options.policy, options.goals, options.table),
        EvaluateHeadsJob,
        parser,
        arguments,
    )


if __name__ == "__main__":
    main()
