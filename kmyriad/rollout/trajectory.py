"""A parallel trajectory: what m environments did in T steps."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Trajectory:
    """Tensors of one parallel trajectory, environments in the second dimension.

    obs: [T + 1, m, obs_dim], the last row being the state that the last action reached;
    u: actions before tanh [T, m, action_dim];
    reward: [T, m];
    frozen: [m], bool, environments whose simulation failed on the way.
    """

    obs: torch.Tensor
    u: torch.Tensor
    reward: torch.Tensor
    frozen: torch.Tensor

    @classmethod
    def empty(cls, horizon: int, num_envs: int, obs_dim: int, action_dim: int, device: str = "cpu") -> "Trajectory":
        """Allocate one of T = `horizon` steps, to be filled (and filled again) by `collect`."""
        return cls(
            obs=torch.empty(horizon + 1, num_envs, obs_dim, device=device),
            u=torch.empty(horizon, num_envs, action_dim, device=device),
            reward=torch.empty(horizon, num_envs, device=device),
            frozen=torch.zeros(num_envs, dtype=torch.bool, device=device),
        )

    @property
    def horizon(self) -> int:
        """Number of steps T."""
        return len(self.u)

    def particles(self, features: list[int]) -> torch.Tensor:
        """Return the selected features of the states reached by each action, [T, m, len(features)]."""
        return self.obs[1:, :, features]


def sound_environments(frozen: torch.Tensor, heads: int) -> torch.Tensor:
    """Return the indices of environments that did not freeze, head by head: the first n of each head's block of `frozen` [m].

    n is how many the head with the fewest has, so that the blocks stay equal.

    Raises:
        ValueError: a head has none.
    """
    blocks = (~frozen).view(heads, -1)
    count = int(blocks.sum(1).min())
    if count == 0:
        raise ValueError(f"all environments of head {int(blocks.sum(1).argmin())} failed in the simulation")
    return torch.cat([head * blocks.shape[1] + block.nonzero()[:count, 0] for head, block in enumerate(blocks)])
