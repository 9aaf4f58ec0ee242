"""How far a policy takes its heads: measures that tell locomotion from noise."""

import torch

from kmyriad.diversity.divergence import divergence_of_heads
from kmyriad.estimators import knn_entropy
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import Trajectory, sound_environments

SATURATED = 0.99
"""An action component of a larger absolute value counts as saturated."""
COLUMNS = (
    "acting trajectories entropy entropy_of_batch distance_mean distance_median distance_max distance_least_head"
    " std saturated kl frozen_envs"
).split()


def coverage(
    trajectory: Trajectory, policy: MultiHeadPolicy, features: list[int], k: int, deterministic: bool, batch: int
) -> dict:
    """Return one row: what the heads of `policy` did in `trajectory`, head i in the i-th block of its environments.

    acting: "sampled", or "mean" where `deterministic` says that u was the mean;
    trajectories: how many differ, those of failed simulations left out;
    entropy: eq. 1 of the features [T, trajectories, d], in nats. Trajectories of one head's mean action are all the same, so
        each head's counts once: such an entropy compares with those of as many heads only;
    entropy_of_batch: the same of no more than `batch` of them, as many of each head: what compares with the entropies of
        training, whose batches have so many; missing for mean actions;
    distance_*: between the first and the last observation, in the features' unit: mean, median and largest over the
        trajectories, and the mean of the head that gets least far;
    std: mean standard deviation of u, and saturated: share of action components beyond SATURATED;
    kl: mean divergence between the heads (Table 1), in nats; missing for one head and for mean actions;
    frozen_envs: environments whose simulation failed.

    Raises:
        ValueError: all environments of a head failed.
    """
    heads = policy.num_heads
    alive = sound_environments(trajectory.frozen, heads)
    if deterministic:
        alive = alive[:: len(alive) // heads]
    points = trajectory.particles(features)[:, alive]
    distance = (points[-1] - trajectory.obs[0, alive][:, features]).norm(dim=-1)
    with torch.no_grad():
        _, log_std = policy(trajectory.obs[:-1])
    values = {
        "acting": "mean" if deterministic else "sampled",
        "trajectories": len(alive),
        "entropy": float(knn_entropy(points.flatten(0, 1), k)),
        "entropy_of_batch": None if deterministic else float(knn_entropy(_fewer(points, heads, batch).flatten(0, 1), k)),
        "distance_mean": float(distance.mean()),
        "distance_median": float(distance.median()),
        "distance_max": float(distance.max()),
        "distance_least_head": float(distance.view(heads, -1).mean(1).min()),
        "std": float(log_std[:, alive].exp().mean()),
        "saturated": float((trajectory.u[:, alive].tanh().abs() > SATURATED).double().mean()),
        "kl": float(divergence_of_heads(points, heads, k).mean()) if heads > 1 and not deterministic else None,
        "frozen_envs": int(trajectory.frozen.sum()),
    }
    return {name: values[name] for name in COLUMNS}


def _fewer(points: torch.Tensor, heads: int, most: int) -> torch.Tensor:
    """Return the first of each head's trajectories among `points` [T, m, d], `most` of them together at most."""
    return points.unflatten(1, (heads, -1))[:, :, : max(1, most // heads)].flatten(1, 2)
