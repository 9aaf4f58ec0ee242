"""One epoch of pretraining against its roofline, in one process: bare physics + arithmetic at the machine's matrix rate.

Prints JSON. The physics time is that of the mujoco.rollout calls of the very epoch that is measured, and the matrix rate
is measured just before and after it, so the ratio does not depend on how busy the machine is from minute to minute.
"""

import argparse
import json
import resource
import statistics
from time import perf_counter

import torch

from kmyriad.envs import make
from kmyriad.policies import MultiHeadPolicy
from kmyriad.pretrain import Pretraining
from kmyriad.settings import PretrainSettings


class TimedPool:
    """A rollout pool that adds up the seconds spent in it."""

    def __init__(self, pool: object) -> None:
        self._pool, self.seconds = pool, 0.0

    def rollout(self, *arguments: object, **options: object) -> None:
        """Pass the call on and time it."""
        started = perf_counter()
        self._pool.rollout(*arguments, **options)
        self.seconds += perf_counter() - started

    def close(self) -> None:
        """End the pool."""
        self._pool.close()


def matrix_rate(size: int = 2048, repeats: int = 7) -> float:
    """Return the median rate of a float32 product of two size x size matrices, in floating-point operations a second."""
    a, b = torch.randn(2, size, size)
    seconds = []
    for _ in range(repeats):
        started = perf_counter()
        a @ b
        seconds.append(perf_counter() - started)
    return 2 * size**3 / statistics.median(seconds)


def operations(policy: MultiHeadPolicy, samples: int) -> float:
    """Return the floating-point operations of one epoch's matrix products.

    Forward in the rollout, forward again in the update, and twice that backward, less the gradient by the observations.
    """
    first, *others = [layer.weight.numel() for layer in policy.trunk]
    rest = sum(others) + (policy.adapter_weight.numel() + policy.output_weight.numel()) // policy.num_heads
    return 2.0 * samples * (3 * first + 4 * rest)


def measure(heads: int, envs: int, horizon: int, threads: int, epochs: int) -> dict[str, float]:
    """Return the medians over `epochs` epochs (after one that does not count) of the epoch's parts and ratio."""
    torch.set_num_threads(threads)
    settings = PretrainSettings(envs=envs, horizon=horizon, threads=threads)
    env = make("ant-empty", envs)
    training = Pretraining(env, settings, heads, ["x", "y"], seed=0)
    env.sim.pool = pool = TimedPool(env.sim.pool)
    training.run_epoch()
    rows = []
    for _ in range(epochs):
        pool.seconds, rate, started = 0.0, matrix_rate(), perf_counter()
        epoch = training.run_epoch()
        seconds = perf_counter() - started
        arithmetic = operations(training.policy, envs * horizon) / statistics.mean((rate, matrix_rate()))
        rows.append(
            {
                "seconds": seconds,
                "physics": pool.seconds / seconds,
                "arithmetic": arithmetic / seconds,
                "rollout_rest": (epoch.seconds_rollout - pool.seconds) / seconds,
                "neighbours": epoch.seconds_neighbours / seconds,
                "update": epoch.seconds_update / seconds,
                "ratio": seconds / (pool.seconds + arithmetic),
            }
        )
    medians = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"heads": heads, **medians, "peak_gib": peak}


def main() -> None:
    """Parse the command line and print the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heads", type=int, default=10)
    parser.add_argument("--envs", type=int, default=1000)
    parser.add_argument("--horizon", type=int, default=600)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(measure(**vars(options))))


if __name__ == "__main__":
    main()
