"""Trying every head on a task and choosing one, in one call."""

from typing import Protocol

import torch

from kmyriad.envs.vec_env import VecEnv
from kmyriad.heads.outcomes import Goal, outcomes
from kmyriad.heads.select import select_head
from kmyriad.rollout import Purpose, play, random_seeds
from kmyriad.rollout.collect import Acting


class Heads(Acting, Protocol):
    """A `MultiHeadPolicy`, or whatever else acts with several heads, the i-th in the i-th block of environments."""

    @property
    def num_heads(self) -> int:
        """How many."""


def choose_head(
    env: VecEnv, policy: Heads, horizon: int, rollouts: int = 1, seed: int = 0, goal: Goal | None = None
) -> tuple[int, str]:
    """Return the head of `policy` that does best by the reward of `env`, and why (`select_head` has the order).

    All heads act side by side, each in its share of the environments, in `rollouts` episodes of `horizon` steps with sampled
    actions. `goal` in metres, for environments with the features x and y, lets the closest approach break ties.

    Raises:
        ValueError: the policy is not made for `env`: other features, or heads that do not divide the environments.
    """
    xy = [env.feature_names.index(name) for name in ("x", "y")] if goal else []
    parts = []
    for rollout in range(rollouts):
        policy_seed, env_seed, _ = random_seeds(Purpose.EVALUATE_HEADS, seed, rollout)
        trajectory = play(env, policy, horizon, policy_seed, env_seed)
        parts.append({name: values.cpu() for name, values in outcomes(trajectory, policy.num_heads, goal, xy).items()})
    found = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    success, mean_return, closest = (_means(found, name, policy.num_heads) for name in ("success", "return", "closest"))
    failed = success.isnan()  # heads whose environments all failed
    columns = {
        "success": success.where(~failed, 0.0),
        "mean_return": mean_return.where(~failed, 0.0),
        "closest_approach": closest.where(~failed, torch.inf),
    }
    return select_head({"head": list(range(policy.num_heads)), **{name: values.tolist() for name, values in columns.items()}})


def _means(found: dict[str, torch.Tensor], name: str, heads: int) -> torch.Tensor:
    """Return the mean of `name` over each head's environments that did not fail, [heads]; NaN where all did."""
    alive = ~found["frozen"]
    total = torch.zeros(heads, dtype=torch.float64)
    total.index_add_(0, found["head"][alive], found[name][alive].double())
    return total / torch.bincount(found["head"][alive], minlength=heads)
