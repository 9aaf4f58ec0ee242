"""Our ants and our k-NN against peers on the same machine, in one run. Prints JSON."""

import argparse
import json
import statistics
from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch

from kmyriad.envs import make
from kmyriad.envs.ant.model import DECIMATION
from kmyriad.estimators import knn


def seconds_of(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the median seconds of `work` over `repeats` calls, after one that does not count."""
    work()
    times = []
    for _ in range(repeats):
        started = perf_counter()
        work()
        times.append(perf_counter() - started)
    return statistics.median(times)


def our_ants(envs: int, steps: int = 50) -> float:
    """Return physics steps a second of `envs` of our ants under random actions."""
    env = make("ant-empty", envs)
    actions = 2 * torch.rand(steps, envs, env.action_dim) - 1

    def drive() -> None:
        for action in actions:
            env.step(action)

    return envs * steps * DECIMATION / seconds_of(drive)


def gymnasium_ants(envs: int = 8, steps: int = 100) -> float:
    """Return physics steps a second of Gymnasium's Ant-v5 (5 physics steps an action) in a SyncVectorEnv."""
    import gymnasium

    env = gymnasium.make_vec("Ant-v5", envs, vectorization_mode="sync", terminate_when_unhealthy=False)
    env.reset(seed=0)
    actions = np.random.default_rng(0).uniform(-1, 1, (steps, envs, 8)).astype(np.float32)

    def drive() -> None:
        for action in actions:
            env.step(action)

    return envs * steps * 5 / seconds_of(drive)


def neighbour_seconds(points: torch.Tensor, k: int, threads: int) -> tuple[float, float]:
    """Return seconds of our search and of scikit-learn's NearestNeighbors among `points`."""
    from sklearn.neighbors import NearestNeighbors

    array = points.numpy()

    def peer() -> None:
        NearestNeighbors(n_neighbors=k + 1, n_jobs=threads).fit(array).kneighbors(array)

    return seconds_of(lambda: knn(points, k)), seconds_of(peer, repeats=1)


def visited(count: int) -> torch.Tensor:
    """Return x, y [count, 2] as ants visit them: random walks from one start, 600 steps each."""
    steps = torch.randn(600, count // 600, 2, generator=torch.Generator().manual_seed(0))
    return (0.05 * steps).cumsum(0).flatten(0, 1)


def main() -> None:
    """Parse the command line and print all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--particles", type=int, default=600_000)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    ours, theirs = our_ants(1000), gymnasium_ants()
    search, peer = neighbour_seconds(visited(options.particles), 5, options.threads)
    result = {"ants": ours, "gymnasium_ants": theirs, "knn_seconds": search, "scikit_learn_seconds": peer}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
