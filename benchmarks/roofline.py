"""What the machine can do at best, and how long each part of an epoch would take if it did.

- policy and update: the floating-point operations of their matrix products at the rate of a large float32 product;
- storage and observation: the bytes that must be read and written at the rate of a large copy;
- k-NN: SciPy's cKDTree, built and queried for the same particles in the order of its leaves.

Physics is its own limit: the bare mujoco.rollout calls are timed in the epoch itself.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

import torch
from scipy.spatial import cKDTree

from benchmarks.stopwatch import clock_of
from kmyriad.policies import MultiHeadPolicy
from kmyriad.pretrain import Pretraining
from kmyriad.pretrain.gradient import GradientUpdate

DOUBLE = 8
"""Bytes of MuJoCo's numbers."""


@dataclass(frozen=True)
class Machine:
    """Floating-point operations a second of a large float32 product, and bytes a second of a large copy, both directions."""

    flops: float
    bandwidth: float

    @classmethod
    def measured(cls, size: int) -> "Machine":
        """Measure now, with torch's threads and matrices of `size` x `size`."""
        a, b = torch.randn(2, size, size)
        # Larger than caches: at size 2048, 128 MiB.
        source, target = torch.ones(2, 8 * size * size)
        copied = 2 * source.numel() * source.element_size()
        return cls(2 * size**3 / median_seconds(lambda: a @ b), copied / median_seconds(lambda: target.copy_(source)))

    def averaged(self, other: "Machine") -> "Machine":
        """Return the mean of two measurements."""
        return Machine((self.flops + other.flops) / 2, (self.bandwidth + other.bandwidth) / 2)


def median_seconds(work: Callable[[], object], repeats: int = 7) -> float:
    """Return the median seconds of `repeats` calls, by the clock for torch's threads."""
    clock, seconds = clock_of(torch.get_num_threads()), []
    for _ in range(repeats):
        started = clock()
        work()
        seconds.append(clock() - started)
    return statistics.median(seconds)


def weights(policy: MultiHeadPolicy) -> tuple[int, int]:
    """Return the number of weights that one sample meets: in the first layer, and in all others of its head."""
    first, *others = [layer.weight.numel() for layer in policy.trunk]
    return first, sum(others) + (policy.adapter_weight.numel() + policy.output_weight.numel()) // policy.num_heads


def limits(training: Pretraining, machine: Machine) -> dict[str, float]:
    """Return the seconds that parts of the epoch just run would take at the machine's limits."""
    trajectory = training.rollouts.trajectory
    samples = trajectory.u.shape[0] * trajectory.u.shape[1]
    first, rest = weights(training.policy)
    stored = sum(each.numel() * each.element_size() for each in (trajectory.obs, trajectory.u, trajectory.reward))
    return {
        "policy": 2 * samples * (first + rest) / machine.flops,
        "update": samples * update_operations(training) / machine.flops,
        "storage": 2 * stored / machine.bandwidth,
        "observation": samples * observation_bytes(training) / machine.bandwidth,
        "k-NN": bare_tree(trajectory.particles(training.features), training.settings.k),
    }


def update_operations(training: Pretraining) -> float:
    """Return the floating-point operations of the matrix products that one sample takes part in, in one update.

    A step goes forward, and twice that backward, less the gradient by the observations. The update trust-region goes forward
    once more, for densities and values, and takes as many steps with each sample as it made passes.
    """
    first, rest = weights(training.policy)
    if isinstance(training.update, GradientUpdate):
        return 2 * (2 * first + 3 * rest)
    value_first, *value_rest = [layer.weight.numel() for layer in training.update.learner.value.layers]
    total = 0.0
    for one, others in ((first, rest), (value_first, sum(value_rest))):
        total += 2 * (one + others + training.update.passes * (2 * one + 3 * others))
    return total


def observation_bytes(training: Pretraining) -> int:
    """Return the bytes that one control step of one environment must move at least, outside of the physics.

    The controls of every physics step are written; the states of all are read, for the guard, and the sensors of the last;
    the last state is written where the next step starts; the observation and the action are float32.
    """
    sim, env = training.env.sim, training.env
    states, sensors, controls = sim.states[0].size, sim.sensors[0, -1].size, sim.states.shape[1] * env.action_dim
    return DOUBLE * (states + sensors + controls + sim.current.shape[1]) + 4 * (env.obs_dim + env.action_dim)


def bare_tree(particles: torch.Tensor, k: int) -> float:
    """Return the seconds that SciPy's tree takes for the k nearest neighbours of all particles [T, m, d]."""
    points, threads = particles.flatten(0, 1).double().numpy(), torch.get_num_threads()

    def search() -> None:
        tree = cKDTree(points)
        tree.query(points[tree.indices], k=range(1, k + 2), workers=threads)

    return median_seconds(search, repeats=1)
