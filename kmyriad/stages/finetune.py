"""Rule `finetune`: PPO from one actor to one goal. Kill it at any time; run it again to go on."""

import argparse
from pathlib import Path

import torch

from kmyriad.finetune import PPO
from kmyriad.jobs.checkpoint import load_policy, save_trained
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import exclusive, write_rows
from kmyriad.jobs.progress import SHOWN
from kmyriad.jobs.records import Written
from kmyriad.jobs.resumable import run_to_end
from kmyriad.jobs.state import JobState
from kmyriad.settings import FinetuneJob
from kmyriad.stages.goals import load_goal


def finetune(job: FinetuneJob, actor_path: Path, goals_path: Path, policy_path: Path, metrics_path: Path) -> None:
    """Train the actor from the last saved state, if there is one, and write the policy, its sidecar and the metrics.

    Raises:
        StageError: as `kmyriad.stages.pretrain.pretrain`; also if the actor does not fit the environment.
    """
    torch.set_num_threads(job.threads)
    settings = job.finetune
    state = JobState.of(job, metrics_path.parent, actor_path, goals_path, *job.environment.files)
    title = f"{job.environment.label}, {metrics_path.parent.parent.parent.name}, goal {job.goal}, seed {job.seed}"
    with exclusive(state.lock, f"fine-tuning {title}"):
        with opened(job.environment, settings.envs, job.seed, load_goal(goals_path, job.goal)) as env:
            training = PPO(env, load_policy(actor_path, env.obs_dim, env.action_dim), settings, job.seed)
            rows = run_to_end(training, settings.updates, state, job.checkpoint_seconds, title, SHOWN["finetune"])
        save_trained(policy_path, training.actor, job, rows, job.threads)
        write_rows(metrics_path, rows)
        state.discard()


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.finetune", description=__doc__)
    parser.add_argument("--actor", required=True, type=Path, help="checkpoint of one head to start from")
    parser.add_argument("--goals", required=True, type=Path, help="what the stage goals wrote")
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to write, .safetensors")
    parser.add_argument("--metrics", required=True, type=Written, help="CSV to write, one row a rollout")
    run(
        lambda job, options: finetune(job, options.actor, options.goals, options.policy, options.metrics),
        FinetuneJob,
        parser,
        arguments,
    )


if __name__ == "__main__":
    main()
