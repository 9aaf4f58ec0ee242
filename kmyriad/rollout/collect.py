"""Collecting a parallel trajectory."""

from typing import Protocol

import torch

from kmyriad.envs.vec_env import VecEnv
from kmyriad.rollout.trajectory import Trajectory


class Acting(Protocol):
    """What acts: a `MultiHeadPolicy`, or whatever else has its `sample`."""

    def sample(
        self, obs: torch.Tensor, generator: torch.Generator | None = None, deterministic: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return actions in [-1, 1] and u before tanh, each [m, action_dim]."""


def collect(
    env: VecEnv,
    policy: Acting,
    into: Trajectory,
    generator: torch.Generator,
    seed: int | None = None,
    deterministic: bool = False,
) -> Trajectory:
    """Reset `env` with `seed`, let `policy` act for `into.horizon` steps, and return `into`, overwritten.

    `deterministic` takes the mean action.

    Head i of the policy acts in the i-th block of m / heads consecutive environments.
    """
    obs = env.reset(seed)
    for t in range(into.horizon):
        into.obs[t] = obs
        actions, into.u[t] = policy.sample(obs, generator, deterministic)
        obs, into.reward[t], info = env.step(actions)
    into.obs[-1] = obs
    into.frozen[:] = info["frozen"]
    return into


def play(env: VecEnv, policy: Acting, horizon: int, policy_seed: int, env_seed: int, deterministic: bool = False) -> Trajectory:
    """Return one parallel trajectory of `horizon` steps in a memory of its own; `deterministic` takes the mean action."""
    empty = Trajectory.empty(horizon, env.num_envs, env.obs_dim, env.action_dim, env.device)
    return collect(env, policy, empty, torch.Generator(env.device).manual_seed(policy_seed), env_seed, deterministic)
