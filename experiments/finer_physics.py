"""Does a policy walk, or does it live off the coarse physics step? The same policy where each step of 1/60 s is cut into more.

    python -m experiments.finer_physics POLICY [--environment ant-empty] [--substeps 1 2 4 8] [--seed 5]

Prints, for each step: entropy of 100 trajectories with sampled actions (nats), their mean and largest distance from the start,
the distance by mean actions (m), the 99 % quantile of the torso's speed (m/s) and the median of its height (m). POLICY is a
checkpoint, with its JSON beside it.
"""

import argparse
from pathlib import Path

import torch

from kmyriad.diversity import coverage
from kmyriad.envs import make
from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.command import one_line_errors
from kmyriad.rollout import Purpose, Trajectory, play, random_seeds

TRAJECTORIES, HORIZON, K = 100, 100, 5
SECONDS = 1 / 12
"""Of a control step."""


def main() -> None:
    """Print a row for each number of substeps."""
    parser = argparse.ArgumentParser(prog="python -m experiments.finer_physics", description=__doc__.partition("\n")[0])
    parser.add_argument("policy", type=Path)
    parser.add_argument("--environment", default="ant-empty")
    parser.add_argument("--substeps", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{'step/s':>8} {'H':>5} {'mean/m':>7} {'max/m':>6} {'mean action/m':>13} {'speed':>6} {'height':>6}")
    with one_line_errors():
        for substeps in args.substeps:
            print(f"{f'1/{60 * substeps}':>8} {described(args.policy, args.environment, substeps, args.seed)}", flush=True)


def described(path: Path, environment: str, substeps: int, seed: int) -> str:
    """Return the numbers of one row; errors are those of `make` and of `load_policy`."""
    env = make(environment, TRAJECTORIES, substeps=substeps, threads=1)
    policy = load_policy(path, env.obs_dim, env.action_dim)
    policy_seed, env_seed, _ = random_seeds(Purpose.COVERAGE, seed)
    sampled, mean = (play(env, policy, HORIZON, policy_seed, env_seed, deterministic) for deterministic in (False, True))
    env.close()
    features = [env.feature_names.index(name) for name in ("x", "y")]
    far, straight = (
        coverage(trajectory, policy, features, K, deterministic, TRAJECTORIES)
        for trajectory, deterministic in ((sampled, False), (mean, True))
    )
    speed, height = moved(sampled, env.feature_names.index("z"))
    return (
        f"{far['entropy']:>5.2f} {far['distance_mean']:>7.1f} {far['distance_max']:>6.1f} {straight['distance_mean']:>13.1f}"
        f" {speed:>6.1f} {height:>6.2f}"
    )


def moved(trajectory: Trajectory, z: int) -> tuple[float, float]:
    """Return the 99 % quantile of the torso's speed in the plane, m/s, and the median of feature `z`, its height, m."""
    steps = trajectory.obs[1:, :, :2] - trajectory.obs[:-1, :, :2]
    speed = steps.norm(dim=-1).flatten() / SECONDS
    return float(speed.quantile(0.99)), float(trajectory.obs[..., z].median())


if __name__ == "__main__":
    main()
