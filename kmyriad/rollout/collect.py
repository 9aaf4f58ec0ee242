"""Collecting a parallel trajectory."""

import torch

from kmyriad.envs.vec_env import VecEnv
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout.trajectory import Trajectory


def collect(
    env: VecEnv, policy: MultiHeadPolicy, into: Trajectory, generator: torch.Generator, seed: int | None = None
) -> Trajectory:
    """Reset `env` with `seed`, let `policy` act for `into.horizon` steps, and return `into`, overwritten.

    Head i of the policy acts in the i-th block of m / heads consecutive environments.
    """
    obs = env.reset(seed)
    for t in range(into.horizon):
        into.obs[t] = obs
        actions, into.u[t] = policy.sample(obs, generator)
        obs, into.reward[t], info = env.step(actions)
    into.obs[-1] = obs
    into.frozen[:] = info["frozen"]
    return into
