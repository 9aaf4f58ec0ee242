"""One PPO update against its roofline, in one process: bare physics + arithmetic at the machine's matrix rate (see epoch.py).

Prints JSON. The actor starts from a head of an untrained policy, with Table 3's settings for pretrained heads, after the warm-up.
"""

import argparse
import json
import statistics
from time import perf_counter

import torch

from benchmarks.epoch import TimedPool, matrix_rate
from kmyriad.envs import make
from kmyriad.finetune import PPO
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings import FinetuneSettings


def layers(network: torch.nn.Module) -> tuple[int, int]:
    """Return the number of weights of the first layer and of all others; biases are left out."""
    first, *others = [weight.numel() for name, weight in network.named_parameters() if "weight" in name]
    return first, sum(others)


def operations(training: PPO, samples: int) -> float:
    """Return the floating-point operations of one update's matrix products.

    The actor goes forward in the rollout and once more for the densities, the value network once for the advantages; then both
    forward and twice that backward in every pass, less the gradient by the observations.
    """
    total, passes = 0.0, training.settings.passes
    for network, forward in ((training.actor, 2), (training.value, 1)):
        first, rest = layers(network)
        total += (forward + 2 * passes) * first + (forward + 3 * passes) * rest
    return 2.0 * samples * total


def measure(envs: int, horizon: int, threads: int, updates: int) -> dict[str, float]:
    """Return the medians over `updates` updates (after one that does not count) of the update's parts and ratio."""
    torch.set_num_threads(threads)
    settings = FinetuneSettings(envs=envs, horizon=horizon, warmup=0)
    env = make("ant-empty", envs, goal=(3.0, 0.0))
    actor = MultiHeadPolicy(env.obs_dim, env.action_dim, 1, (512, 256), 256, (-5.0, 2.0), seed=0)
    training = PPO(env, actor, settings, seed=0)
    env.sim.pool = pool = TimedPool(env.sim.pool)
    training.run_epoch()
    rows = []
    for _ in range(updates):
        pool.seconds, rate, started = 0.0, matrix_rate(), perf_counter()
        update = training.run_epoch()
        seconds = perf_counter() - started
        arithmetic = operations(training, envs * horizon) / statistics.mean((rate, matrix_rate()))
        rows.append(
            {
                "physics": pool.seconds / seconds,
                "arithmetic": arithmetic / seconds,
                "rollout_rest": (update.seconds_rollout - pool.seconds) / seconds,
                "update": update.seconds_update / seconds,
                "ratio": seconds / (pool.seconds + arithmetic),
            }
        )
    return {key: statistics.median(row[key] for row in rows) for key in rows[0]}


def main() -> None:
    """Parse the command line and print the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--envs", type=int, default=300)
    parser.add_argument("--horizon", type=int, default=600)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--updates", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(measure(**vars(options))))


if __name__ == "__main__":
    main()
