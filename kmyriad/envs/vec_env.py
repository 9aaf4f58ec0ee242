"""The protocol between the project and whatever simulates its environments."""

from typing import Protocol, runtime_checkable

import torch


@runtime_checkable
class VecEnv(Protocol):
    """`num_envs` copies of one environment, stepped together; all tensors are float32 on `device` unless stated.

    Actions lie in [-1, 1]; a backend scales them to its own units. Episodes have no end of their own: the caller decides
    the horizon T and calls `reset`.

    Attributes:
        num_envs: number of copies, m.
        obs_dim: number of features of an observation.
        action_dim: number of action components.
        feature_names: one name for each feature; the names that `features` of the settings selects from.
        device: where its tensors live, as torch calls it.
    """

    num_envs: int
    obs_dim: int
    action_dim: int
    feature_names: tuple[str, ...]
    device: str

    def reset(self, seed: int | None = None) -> torch.Tensor:
        """Start all copies again and return observations [m, obs_dim]; the same `seed` gives the same start."""

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Apply actions [m, action_dim] once and return observations [m, obs_dim], rewards [m] and `info`.

        `info["frozen"]` [m], bool: copies whose simulation failed since the reset. Their observations stay at the last
        good value and their trajectories must be left out of every estimate.
        """

    def close(self) -> None:
        """Release threads and other resources."""


def check_actions(actions: torch.Tensor, num_envs: int, action_dim: int) -> None:
    """Raise ValueError unless `actions` is a floating-point tensor of shape [num_envs, action_dim]."""
    if tuple(actions.shape) != (num_envs, action_dim) or not actions.is_floating_point():
        raise ValueError(
            f"actions must be a float tensor of shape [{num_envs}, {action_dim}], got {actions.dtype} {list(actions.shape)}"
        )
