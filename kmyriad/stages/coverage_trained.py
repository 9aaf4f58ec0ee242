"""Rule `coverage_trained`: how far a trained policy goes, with sampled and with mean actions, one row each."""

import argparse
from pathlib import Path

import pandas as pd
import torch

from kmyriad.diversity import coverage as measure
from kmyriad.envs import VecEnv
from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import write_atomically
from kmyriad.jobs.records import Written
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import Purpose, play, random_seeds
from kmyriad.settings import CoverageJob


def rows(job: CoverageJob, env: VecEnv, policy: MultiHeadPolicy) -> list[dict]:
    """Return the rows of `kmyriad.diversity.coverage` of `policy` in `env`, of sampled and of mean actions."""
    features = [env.feature_names.index(name) for name in job.environment.features]
    policy_seed, env_seed, _ = random_seeds(Purpose.COVERAGE, job.seed)
    found = []
    for deterministic in (False, True):
        trajectory = play(env, policy, job.horizon, policy_seed, env_seed, deterministic)
        found.append(measure(trajectory, policy, features, job.k, deterministic, job.batch))
    return found


def write_rows(found: list[dict], path: Path) -> None:
    """Write `found` as CSV."""
    write_atomically(path, lambda temporary: pd.DataFrame(found).to_csv(temporary, index=False, float_format="%.6g"))


def coverage_trained(job: CoverageJob, policy_path: Path, table_path: Path) -> None:
    """Write the two rows of the policy at `policy_path`."""
    torch.set_num_threads(job.threads)
    with opened(job.environment, job.envs, job.seed) as env:
        policy = load_policy(policy_path, env.obs_dim, env.action_dim).to(env.device)
        found = rows(job, env, policy)
    write_rows(found, table_path)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.coverage_trained", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to read")
    parser.add_argument("--table", required=True, type=Written, help="CSV to write")
    run(lambda job, options: coverage_trained(job, options.policy, options.table), CoverageJob, parser, arguments)


if __name__ == "__main__":
    main()
