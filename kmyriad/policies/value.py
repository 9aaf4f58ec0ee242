"""The critic of actor-critic fine-tuning."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from kmyriad.policies.linear import initialise_linear


class ValueNetwork(nn.Module):
    """V(s), the discounted sum of rewards expected from an observation: linear layers with ReLU between them.

    Args:
        obs_dim: features of an observation.
        hidden: widths of the hidden layers (Table 3).
        seed: of the initial weights (Xavier uniform, zero biases).
    """

    def __init__(self, obs_dim: int, hidden: tuple[int, ...] = (256, 256), seed: int = 0) -> None:
        super().__init__()
        self.obs_dim = obs_dim
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise((obs_dim, *hidden, 1)))
        generator = torch.Generator().manual_seed(seed)
        for layer in self.layers:
            initialise_linear(layer, generator)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return values [...] in units of the reward for observations [..., obs_dim].

        Raises:
            ValueError: another number of features.
        """
        if obs.shape[-1] != self.obs_dim:
            raise ValueError(f"the value network expects {self.obs_dim} features, got observations of shape {list(obs.shape)}")
        *hidden, last = self.layers
        for layer in hidden:
            obs = F.relu(layer(obs))
        return last(obs).squeeze(-1)
