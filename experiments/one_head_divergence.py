"""What divergence between heads does the estimator find where there is only one? One head, its trajectories dealt to many.

    python -m experiments.one_head_divergence POLICY [--environment ant-empty] [--blocks 2 10 50] [--seed 5]

Prints, for each number of blocks: the trajectories of each, and the mean k-NN estimate of KL(block || all others), nats. All
blocks are the same policy, so what is estimated is 0. POLICY is a checkpoint of one head, with its JSON beside it.
"""

import argparse
from pathlib import Path

import torch

from kmyriad.diversity import divergence_of_heads
from kmyriad.envs import make
from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.command import one_line_errors
from kmyriad.rollout import Purpose, play, random_seeds

TRAJECTORIES, HORIZON, K = 200, 100, 5
"""As in config/walk.yaml."""


def main() -> None:
    """Print a row for each number of blocks."""
    parser = argparse.ArgumentParser(prog="python -m experiments.one_head_divergence", description=__doc__.partition("\n")[0])
    parser.add_argument("policy", type=Path)
    parser.add_argument("--environment", default="ant-empty")
    parser.add_argument("--blocks", type=int, nargs="+", default=[2, 10, 50])
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    with one_line_errors():
        particles = visited(args.policy, args.environment, args.seed)
        print(f"{'blocks':>6} {'trajectories':>12} {'KL':>6}")
        for blocks in args.blocks:
            found = float(divergence_of_heads(particles, blocks, K).mean())
            print(f"{blocks:>6} {TRAJECTORIES // blocks:>12} {found:>6.2f}", flush=True)


def visited(path: Path, environment: str, seed: int) -> torch.Tensor:
    """Return x and y of TRAJECTORIES trajectories of the head at `path`, metres, [T, m, 2]; errors are those of `load_policy`."""
    env = make(environment, TRAJECTORIES, threads=1)
    policy = load_policy(path, env.obs_dim, env.action_dim)
    policy_seed, env_seed, _ = random_seeds(Purpose.VISIT, seed)
    trajectory = play(env, policy, HORIZON, policy_seed, env_seed)
    env.close()
    return trajectory.particles([env.feature_names.index(name) for name in ("x", "y")])


if __name__ == "__main__":
    main()
