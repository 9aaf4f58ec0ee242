"""What the heads maximise together. An objective is one function; the loop knows nothing else about it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import torch

from kmyriad.estimators import entropy_and_credit, entropy_and_log_volumes, knn_entropy
from kmyriad.names import choose

Objective = Callable[[torch.Tensor, int], tuple[torch.Tensor, torch.Tensor]]
"""(particles [T, m, d], k) -> (value, a scalar; factor [T, m] of grad log pi(a_t | s_t) in the value's gradient)."""


@dataclass(frozen=True)
class ByHead:
    """An objective that has to know whose trajectory is whose: head i of `heads` has the i-th block of m / heads environments."""

    function: Callable[[torch.Tensor, int, int], tuple[torch.Tensor, torch.Tensor]]

    def __call__(self, particles: torch.Tensor, k: int, heads: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
        """Return value and factor as any `Objective`."""
        return self.function(particles, k, heads)


def own_log_volumes(particles: torch.Tensor, k: int, heads: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean of the heads' own entropies and its factor: no head knows where the others are.

    Each head's part is `entropy_and_log_volumes` of its own trajectories: particles [T, m, d] -> scalar in nats, [T, m].

    Raises:
        ValueError: heads that do not divide m; also as `entropy_and_log_volumes`.
    """
    _check(particles, heads)
    parts = [entropy_and_log_volumes(block, k) for block in particles.chunk(heads, 1)]
    values, factors = zip(*parts, strict=True)
    return torch.stack(values).mean(), torch.cat(factors, 1) / heads


def finite_trials(particles: torch.Tensor, k: int, heads: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the expected entropy of one trajectory of each head, and its REINFORCE factor.

    The m environments are m / heads trials; trial j has the j-th trajectory of each head, and its entropy H_j (eq. 1) is the
    return of all actions in it. The factor is (H_j - mean H) / trials. PGPSE's objective (De Paola et al., 2025), with k-NN in
    place of counts and the mean for a baseline.

    Shapes: particles [T, m, d] -> scalar in nats, [T, m].

    Raises:
        ValueError: heads that do not divide m; also as `knn_entropy` for the T * heads particles of a trial.
    """
    _check(particles, heads)
    trials = particles.unflatten(1, (heads, -1)).unbind(2)
    entropy = torch.stack([knn_entropy(trial.flatten(0, 1), k) for trial in trials])
    factor = (entropy - entropy.mean()) / len(trials)
    return entropy.mean(), factor.repeat(heads).expand(len(particles), -1).to(particles.dtype)


def _check(particles: torch.Tensor, heads: int) -> None:
    if particles.shape[1] % heads:
        raise ValueError(f"{heads} heads do not divide {particles.shape[1]} trajectories")


OBJECTIVES: dict[str, Objective] = {
    "entropy": entropy_and_credit,
    "log-volume": entropy_and_log_volumes,
    "own-log-volume": ByHead(own_log_volumes),
    "finite-trials": ByHead(finite_trials),
}


def load_objective(name: str) -> Objective:
    """Return the objective called `name`, or the function at `package.module:function`, where a user's own may live.

    Raises:
        ValueError: no such name; the message lists the choices.
        ImportError, AttributeError: the module or its function does not exist.
    """
    if ":" in name:
        module, function = name.split(":", 1)
        return getattr(import_module(module), function)
    return OBJECTIVES[choose(name, OBJECTIVES, "objective")]
