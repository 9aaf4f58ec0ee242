"""Which way does a head walk, and how much of its noise may it have? The same head with smaller and smaller noise.

    python -m experiments.steering POLICY [--environment ant-empty] [--scales 1 0.5 0.25 0.1 0] [--seed 3]

Prints, for each factor on the standard deviation: the mean std of u, the entropy of 100 trajectories (nats), their distance from
the start after 100 steps (m), how much their directions agree (the length of the mean of their unit vectors: 1 if all go one way,
about 0.09 if each goes anywhere), and the share that passes within a goal's radius of a point 6 m away: on average over that
circle, and at the point of it that most pass. Without noise all 100 are one trajectory, and entropy and shares mean
little. POLICY is a checkpoint of one head, with its JSON beside it.
"""

import argparse
import math
from pathlib import Path

import torch
from torch import Tensor

from kmyriad.envs import make
from kmyriad.envs.ant.tasks import GOAL_RADIUS
from kmyriad.envs.vec_env import VecEnv
from kmyriad.estimators import knn_entropy
from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.command import one_line_errors
from kmyriad.policies import MultiHeadPolicy

ANTS, HORIZON, K, POINTS, RADIUS = 100, 100, 5, 72, 6.0


def main() -> None:
    """Print a row for each scale of the noise."""
    parser = argparse.ArgumentParser(prog="python -m experiments.steering", description=__doc__.partition("\n")[0])
    parser.add_argument("policy", type=Path)
    parser.add_argument("--environment", default="ant-empty")
    parser.add_argument("--scales", type=float, nargs="+", default=[1.0, 0.5, 0.25, 0.1, 0.0])
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{'scale':>5} {'std':>5} {'H':>5} {'distance/m':>10} {'agreement':>9} {'mean hit':>8} {'best hit':>8}")
    with one_line_errors():
        env = make(args.environment, ANTS, threads=1)
        policy = load_policy(args.policy, env.obs_dim, env.action_dim)
        for scale in args.scales:
            path, std = walked(env, policy, scale, args.seed)
            hits = reached(path, RADIUS)
            away, entropy = float(path[-1].norm(dim=1).mean()), float(knn_entropy(path.flatten(0, 1), K))
            numbers = (scale, std, entropy, away, agreement(path[-1]), float(hits.mean()), float(hits.max()))
            print("{:>5.2f} {:>5.2f} {:>5.2f} {:>10.1f} {:>9.2f} {:>8.3f} {:>8.2f}".format(*numbers), flush=True)


@torch.no_grad()
def walked(env: VecEnv, policy: MultiHeadPolicy, scale: float, seed: int) -> tuple[Tensor, float]:
    """Return x and y after each step, metres, [T, m, 2], and the mean std of u, where the policy's noise is times `scale`."""
    generator, obs, rows, stds = torch.Generator().manual_seed(seed), env.reset(seed), [], []
    for _ in range(HORIZON):
        mean, log_std = policy(obs)
        std = scale * log_std.exp()
        obs, _, _ = env.step((mean + std * torch.randn(mean.shape, generator=generator)).tanh())
        rows.append(obs[:, :2].clone())
        stds.append(float(std.mean()))
    return torch.stack(rows), sum(stds) / len(stds)


def agreement(ends: Tensor) -> float:
    """Return the length of the mean unit vector of the points `ends` [m, 2]: 1 if all lie in one direction."""
    return float(torch.nn.functional.normalize(ends, dim=1).mean(0).norm())


def reached(path: Tensor, radius: float) -> Tensor:
    """Return for each of POINTS goals on the circle of `radius` metres the share of ants of `path` [T, m, 2] that reach it."""
    angle = torch.arange(POINTS) * (2 * math.pi / POINTS)
    goals = radius * torch.stack([angle.cos(), angle.sin()], 1)
    return ((path[:, :, None] - goals).norm(dim=-1) < GOAL_RADIUS).any(0).double().mean(0)


if __name__ == "__main__":
    main()
