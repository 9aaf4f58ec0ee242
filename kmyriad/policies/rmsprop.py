"""RMSprop, and what it remembers of a network, as `Adam` does."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class RmsProp:
    """RMSprop (Tieleman and Hinton, 2012) for all parameters of a module: v <- a v + (1 - a) g^2, w <- w - r g / (sqrt(v) + eps).

    As torch's, without its class, see `Adam`; a = 0.99 and eps = 1e-5 are those of Stable-Baselines3's A2C.
    """

    def __init__(self, module: nn.Module, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self._names = [name for name, _ in module.named_parameters()]
        self.parameters: list[nn.Parameter] = list(module.parameters())
        self._squares = [torch.zeros_like(each, requires_grad=False) for each in self.parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        """Take a step down `gradients`, one a parameter."""
        slopes = list(gradients)
        torch._foreach_mul_(self._squares, 0.99)
        torch._foreach_addcmul_(self._squares, slopes, slopes, 0.01)
        roots = torch._foreach_sqrt(self._squares)
        torch._foreach_add_(roots, 1e-5)
        torch._foreach_addcdiv_(list[Tensor](self.parameters), slopes, roots, -self.learning_rate)

    def pack(self, prefix: str) -> dict[str, Tensor]:
        """Return the parameters as `<prefix>.<name>` and their squares as `<prefix>.rmsprop.<name>`; nothing is copied."""
        weights = {f"{prefix}.{name}": each.detach() for name, each in zip(self._names, self.parameters, strict=True)}
        return weights | {f"{prefix}.rmsprop.{name}": each for name, each in zip(self._names, self._squares, strict=True)}

    def unpack(self, prefix: str, state: dict[str, Tensor]) -> None:
        """Copy what `pack` returned into the parameters and squares; other entries of `state` are left alone.

        Raises:
            ValueError: an entry is missing.
        """
        own = self.pack(prefix)
        if missing := sorted(own.keys() - state.keys()):
            raise ValueError(
                f"the saved state has no {missing[0]}, it is that of another network or version: delete it to start again"
            )
        for name, value in own.items():
            value.copy_(state[name])
