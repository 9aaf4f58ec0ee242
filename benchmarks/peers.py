"""Our ants, our k-NN and our policy against peers on the same machine, measured in turns in one process.

Prints JSON: `rows` of what is compared and our speed over the peer's, and `left_out`: peers whose package is not there, and why.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks.arguments import positive
from benchmarks.pairing import Work, relative_speed
from kmyriad.envs import make
from kmyriad.envs.ant.model import DECIMATION
from kmyriad.estimators import knn
from kmyriad.policies import MultiHeadPolicy

FRAME_SKIP = 5
"""Physics steps of one step of Ant-v5."""
K = 5


@dataclass(frozen=True)
class Scale:
    """How much of each there is: ants, their control steps a round, particles for k-NN, queries of exhaustive searches."""

    ants: int = 1000
    steps: int = 50
    particles: int = 600_000
    high_dimensional: int = 20_000
    queries: int = 20_000
    heads: tuple[int, ...] = (10, 50, 200)


QUICK = Scale(ants=40, steps=3, particles=6000, high_dimensional=600, queries=300, heads=(2, 4))
Pair = tuple[Work, Work]


def our_ants(scale: Scale) -> Work:
    """Return our ants under random actions; units are physics steps."""
    env = make("ant-empty", scale.ants)
    actions = 2 * torch.rand(scale.steps, scale.ants, env.action_dim) - 1
    return Work(lambda: [env.step(action) for action in actions], scale.ants * scale.steps * DECIMATION)


def gymnasium_ants(scale: Scale, threads: int) -> Pair:
    """Return our ants and 8 of Gymnasium's Ant-v5 in a SyncVectorEnv (`threads` are of no use to it)."""
    import gymnasium

    env = gymnasium.make_vec("Ant-v5", 8, vectorization_mode="sync", terminate_when_unhealthy=False)
    return our_ants(scale), _peer_ants(env, 8, 2 * scale.steps)


def envpool_ants(scale: Scale, threads: int) -> Pair:
    """Return our ants and 64 of EnvPool's Ant-v5."""
    import envpool

    env = envpool.make("Ant-v5", env_type="gymnasium", num_envs=64, num_threads=threads, terminate_when_unhealthy=False)
    return our_ants(scale), _peer_ants(env, 64, scale.steps)


def _peer_ants(env: Any, count: int, steps: int) -> Work:
    env.reset()
    actions = np.random.default_rng(0).uniform(-1, 1, (steps, count, 8))
    return Work(lambda: [env.step(action) for action in actions], count * steps * FRAME_SKIP)


def scikit_learn_tree(scale: Scale, threads: int) -> Pair:
    """Return our search and scikit-learn's, which picks a k-d tree, among visited x, y."""
    from sklearn.neighbors import NearestNeighbors

    points = visited(scale.particles, 2)
    array = points.numpy()

    def peer() -> None:
        NearestNeighbors(n_neighbors=K + 1, n_jobs=threads).fit(array).kneighbors(array)

    return Work(lambda: knn(points, K)), Work(peer)


def scikit_learn_brute(scale: Scale, threads: int) -> Pair:
    """Return our search and scikit-learn's exhaustive one among states of 62 features."""
    from sklearn.neighbors import NearestNeighbors

    points = visited(scale.high_dimensional, 62)
    array = points.numpy()

    def peer() -> None:
        NearestNeighbors(n_neighbors=K + 1, algorithm="brute", n_jobs=threads).fit(array).kneighbors(array)

    return Work(lambda: knn(points, K)), Work(peer)


def faiss_flat(scale: Scale, threads: int) -> Pair:
    """Return our search and FAISS's exact one among visited x, y; it is timed for `queries` of the particles."""
    points = visited(scale.particles, 2)
    return Work(lambda: knn(points, K), len(points)), _faiss(points, scale.queries, threads)


def faiss_flat_62(scale: Scale, threads: int) -> Pair:
    """Return our search and FAISS's exact one among states of 62 features."""
    points = visited(scale.high_dimensional, 62)
    return Work(lambda: knn(points, K), len(points)), _faiss(points, len(points), threads)


def _faiss(points: torch.Tensor, queries: int, threads: int) -> Work:
    import faiss

    faiss.omp_set_num_threads(threads)
    array = points.numpy()
    index = faiss.IndexFlatL2(array.shape[1])
    index.add(array)
    return Work(lambda: index.search(array[:queries], K + 1), queries)


def visited(count: int, dimensions: int) -> torch.Tensor:
    """Return states [count, dimensions] as ants visit them: random walks from one start, 600 steps each."""
    steps = torch.randn(600, max(1, count // 600), dimensions, generator=torch.Generator().manual_seed(0))
    return (0.05 * steps).cumsum(0).flatten(0, 1)[:count].contiguous()


def all_heads(policy: MultiHeadPolicy, obs: torch.Tensor) -> torch.Tensor:
    """Return the mean of u [m, action_dim] by evaluating every head for every environment, then taking the environment's own."""
    x = obs
    for layer in policy.trunk:
        x = F.relu_(layer(x))
    z = F.relu_(x @ policy.adapter_weight + policy.adapter_bias)
    mean = (z @ policy.output_weight + policy.output_bias)[..., : policy.action_dim]
    own = torch.arange(len(obs)) // (len(obs) // policy.num_heads)
    return mean[own, torch.arange(len(obs))]


@torch.no_grad()
def grouped_policy(scale: Scale, threads: int, heads: int) -> Pair:
    """Return our policy, which evaluates an environment's own head alone, and `all_heads`, for one observation of every ant."""
    policy = MultiHeadPolicy(62, 8, heads)
    obs = torch.randn(scale.ants, 62, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(policy(obs)[0], all_heads(policy, obs), rtol=1e-4, atol=1e-5)
    calls = 10
    ours = torch.no_grad()(lambda: [policy(obs) for _ in range(calls)])
    return Work(ours, calls), Work(torch.no_grad()(lambda: all_heads(policy, obs)))


def comparisons(scale: Scale) -> dict[str, Callable[[Scale, int], Pair]]:
    """Return all comparisons by what they say in the table."""
    searches = f"k-NN, N = {scale.particles:,}, visited x, y, k = {K}, against"
    high = f"k-NN, N = {scale.high_dimensional:,}, 62 features, k = {K}, against"
    policies = {
        f"policy of {heads} heads, {scale.ants} ants, against evaluating all heads for all ants": (
            lambda scale, threads, heads=heads: grouped_policy(scale, threads, heads)
        )
        for heads in scale.heads
    }
    return {
        f"{scale.ants} ants against Gymnasium's Ant-v5 in a SyncVectorEnv of 8, physics steps a second": gymnasium_ants,
        f"{scale.ants} ants against 64 of EnvPool's Ant-v5, physics steps a second": envpool_ants,
        f"{searches} scikit-learn's NearestNeighbors": scikit_learn_tree,
        f"{searches} FAISS's IndexFlatL2": faiss_flat,
        f"{high} scikit-learn's NearestNeighbors, brute force": scikit_learn_brute,
        f"{high} FAISS's IndexFlatL2": faiss_flat_62,
        **policies,
    }


def measure(scale: Scale, threads: int, rounds: int) -> dict[str, Any]:
    """Return what the module's docstring says."""
    torch.set_num_threads(threads)
    rows, left_out = [], []
    for what, prepare in comparisons(scale).items():
        try:
            pair = prepare(scale, threads)
        except (ImportError, OSError) as error:
            left_out.append({"what": what, "reason": str(error)})
            continue
        rows.append({"what": what, "speed": relative_speed(*pair, rounds)})
    return {"rows": rows, "left_out": left_out}


def main() -> None:
    """Parse the command line and print all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=positive, default=2)
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--quick", action="store_true", help="tiny numbers that say nothing about speed")
    options = parser.parse_args()
    print(json.dumps(measure(QUICK if options.quick else Scale(), options.threads, options.rounds)))


if __name__ == "__main__":
    main()
