"""Rule `exhibit`: one head of a policy for the gallery, by its number or the one that gets farthest."""

import argparse
from pathlib import Path
from time import perf_counter

import torch

from kmyriad.envs import VecEnv
from kmyriad.jobs.checkpoint import load_policy, save_head
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import StageError
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import play
from kmyriad.settings.gallery import ExhibitJob


def exhibit(job: ExhibitJob, policy_path: Path, head_path: Path) -> None:
    """Write the head that `job` names of the policy at `policy_path` to `head_path`; StageError if there is no such head."""
    started = perf_counter()
    torch.set_num_threads(1)  # the choice may depend on the last bit
    policy = load_policy(policy_path)
    head = job.head
    if head == "farthest":
        with opened(job.environment, policy.num_heads, 0) as env:
            head = int(distances(env, policy, job.horizon).argmax())
    try:
        save_head(head_path, policy, head, policy_path, perf_counter() - started)
    except IndexError as error:
        raise StageError(f"{policy_path}: {error}") from None


def distances(env: VecEnv, policy: MultiHeadPolicy, horizon: int) -> torch.Tensor:
    """Return how far from its start, in metres, each head [H] is after `horizon` steps by its mean action; frozen ones 0."""
    xy = [env.feature_names.index(name) for name in ("x", "y")]
    trajectory = play(env, policy, horizon, policy_seed=0, env_seed=0, deterministic=True)
    visited = trajectory.particles(xy)
    return (visited[-1] - visited[0]).norm(dim=-1).masked_fill(trajectory.frozen, 0.0)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.exhibit", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to read")
    parser.add_argument("--head", required=True, type=Path, help="checkpoint to write, of one head")
    run(lambda job, options: exhibit(job, options.policy, options.head), ExhibitJob, parser, arguments)


if __name__ == "__main__":
    main()
