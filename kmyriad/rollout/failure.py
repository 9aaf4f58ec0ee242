"""Training that cannot go on, with the states that are to blame."""

import torch

from kmyriad.rollout.trajectory import Trajectory

MOST = 8
"""Environments that a failure keeps: enough to see what happened, few enough for a small file."""


class TrainingFailure(RuntimeError):
    """Training cannot go on; the message says why, `tensors` what the offending environments did, `facts` where that was.

    `suspects` [m] marks the offending environments of `trajectory`; where it marks none, all are kept. No more than `MOST`.

    tensors: obs [T + 1, m', obs_dim], u [T, m', action_dim] and reward [T, m'] as in `Trajectory`; frozen [m'];
        environments [m'], their indices.
    facts: `offending`, how many there were, and what the caller adds (seed, epoch).
    """

    def __init__(self, message: str, trajectory: Trajectory, suspects: torch.Tensor, **facts: object) -> None:
        super().__init__(message)
        offending = (suspects if suspects.any() else torch.ones_like(suspects)).nonzero()[:, 0]
        kept = offending[:MOST]
        self.facts = {**facts, "offending": len(offending)}
        self.tensors = {
            "obs": trajectory.obs[:, kept],
            "u": trajectory.u[:, kept],
            "reward": trajectory.reward[:, kept],
            "frozen": trajectory.frozen[kept],
            "environments": kept,
        }


def simulation_fault(trajectory: Trajectory, on_failure: str) -> tuple[str, torch.Tensor] | None:
    """Return why training can't learn from `trajectory`, and of which environments [m], or None where it can.

    An environment whose simulation failed is left out if `on_failure` is "freeze", and a reason if it is "stop".
    """
    frozen, total = trajectory.frozen, len(trajectory.frozen)
    failed = int(frozen.sum())
    if failed == total:
        return f"all {total} environments failed in the simulation", frozen
    if failed and on_failure == "stop":
        return f"on_failure is 'stop' and {failed} of {total} environments failed in the simulation", frozen
    broken = ~trajectory.obs.isfinite().all(2).all(0) & ~frozen
    if broken.any():
        return f"{int(broken.sum())} of {total} environments have observations that are not finite", broken
    return None
