"""One PPO update against its roofline, in one process: bare physics + arithmetic at the machine's matrix rate (see epoch.py).

Prints JSON. The actor starts from a head of an untrained policy, with Table 3's settings for pretrained heads, after the warm-up.
"""

import argparse
import json
import statistics
from unittest.mock import patch

import torch

from benchmarks.arguments import positive
from benchmarks.roofline import Machine
from benchmarks.stopwatch import Stopwatch, clock_of
from kmyriad.envs import make
from kmyriad.finetune import PPO
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import epochs
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
    for network, forward in ((training.actor, 2), (training.learner.value, 1)):
        first, rest = layers(network)
        total += (forward + 2 * passes) * first + (forward + 3 * passes) * rest
    return 2.0 * samples * total


def timed_update(training: PPO, watch: Stopwatch, size: int) -> dict[str, float]:
    """Run one update and return its shares and ratio; `size` of the matrices for the machine's rate."""
    before = Machine.measured(size)
    watch.start()
    training.run_epoch()
    parts = watch.stop()
    rate = before.averaged(Machine.measured(size)).flops
    seconds, physics = sum(parts.values()), parts["physics"]
    arithmetic = operations(training, training.settings.horizon * training.env.num_envs) / rate
    return {
        "physics": physics / seconds,
        "rollout_rest": parts["storage"] / seconds,
        "update": parts["other"] / seconds,
        "arithmetic": arithmetic / seconds,
        "ratio": seconds / (physics + arithmetic),
    }


def measure(envs: int, horizon: int, threads: int, updates: int, matrix_size: int) -> dict[str, float]:
    """Return the medians over `updates` updates (after one that does not count) of the update's parts and ratio."""
    torch.set_num_threads(threads)
    settings = FinetuneSettings(envs=envs, horizon=horizon, warmup=0)
    env = make("ant-empty", envs, goal=(3.0, 0.0))
    actor = MultiHeadPolicy(env.obs_dim, env.action_dim, 1, (512, 256), 256, (-5.0, 2.0), seed=0)
    training, watch = PPO(env, actor, settings, seed=0), Stopwatch(clock_of(threads))
    env.sim.pool.rollout = watch.timed("physics", env.sim.pool.rollout)
    with patch.object(epochs, "collect", watch.timed("storage", epochs.collect)):
        training.run_epoch()
        rows = [timed_update(training, watch, matrix_size) for _ in range(updates)]
    return {key: statistics.median(row[key] for row in rows) for key in rows[0]}


def main() -> None:
    """Parse the command line and print the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--envs", type=positive, default=300)
    parser.add_argument("--horizon", type=positive, default=600)
    parser.add_argument("--threads", type=positive, default=2)
    parser.add_argument("--updates", type=positive, default=3)
    parser.add_argument("--matrix-size", type=positive, default=2048, help="of the product that measures the machine")
    print(json.dumps(measure(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
