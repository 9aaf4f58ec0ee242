"""How much of the divergence between heads is chance? The same trajectories dealt to the heads at random.

    python -m experiments.divergence_by_chance POLICY [--environment ant-empty] [--blocks 2 10 50] [--deals 3] [--seed 5]

Prints, for each number of blocks: the trajectories of each, and the mean k-NN estimate of KL(block || all others), in nats, for
the blocks as they were played and for the same trajectories dealt at random, where the divergence itself is 0. A block of a few
trajectories looks unlike the rest even if all blocks are one policy. --blocks is by default the heads, or 2, 10 and 50 for
one head. POLICY is a checkpoint, with its JSON beside it.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from kmyriad.diversity import divergence_by_chance, divergence_of_heads
from kmyriad.envs import make
from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.command import one_line_errors
from kmyriad.rollout import Purpose, play, random_seeds

TRAJECTORIES, HORIZON, K = 200, 100, 5
"""As in config/walk.yaml."""


def main() -> None:
    """Print a row for each number of blocks."""
    parser = argparse.ArgumentParser(prog="python -m experiments.divergence_by_chance", description=__doc__.partition("\n")[0])
    parser.add_argument("policy", type=Path)
    parser.add_argument("--environment", default="ant-empty")
    parser.add_argument("--blocks", type=int, nargs="+")
    parser.add_argument("--deals", type=int, default=3, help="how often the trajectories are dealt")
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    with one_line_errors():
        particles, heads = visited(args.policy, args.environment, args.seed)
        print(f"{'blocks':>6} {'trajectories':>12} {'played':>6} {'dealt':>6}")
        for blocks in args.blocks or ([heads] if heads > 1 else [2, 10, 50]):
            played = float(divergence_of_heads(particles, blocks, K).mean())
            dealt = float(divergence_by_chance(particles, blocks, K, args.deals, args.seed).mean())
            print(f"{blocks:>6} {TRAJECTORIES // blocks:>12} {played:>6.2f} {dealt:>6.2f}", flush=True)


def visited(path: Path, environment: str, seed: int) -> tuple[Tensor, int]:
    """Return x and y of TRAJECTORIES trajectories, metres, [T, m, 2], and the heads of the policy; errors: see `load_policy`."""
    env = make(environment, TRAJECTORIES, threads=1)
    policy = load_policy(path, env.obs_dim, env.action_dim)
    policy_seed, env_seed, _ = random_seeds(Purpose.VISIT, seed)
    trajectory = play(env, policy, HORIZON, policy_seed, env_seed)
    env.close()
    return trajectory.particles([env.feature_names.index(name) for name in ("x", "y")]), policy.num_heads


if __name__ == "__main__":
    main()
