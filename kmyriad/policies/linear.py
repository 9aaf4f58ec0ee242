"""How every linear layer starts."""

import torch
from torch import nn


@torch.no_grad()
def initialise_linear(layer: nn.Module, generator: torch.Generator) -> None:
    """Draw the weights of the linear `layer` Xavier-uniformly and set its biases to zero; TypeError for any other layer."""
    if not isinstance(layer, nn.Linear):
        raise TypeError(f"{type(layer).__name__} is no linear layer")
    nn.init.xavier_uniform_(layer.weight, generator=generator)
    nn.init.zeros_(layer.bias)
