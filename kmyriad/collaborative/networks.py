"""Networks by name: what is saved of them, and how those that learn step, each by an optimiser of its own."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kmyriad.policies.adam import Adam
from kmyriad.policies.rmsprop import RmsProp


class Networks:
    """Base of all that has networks: it names them once, as `_learn` or as `_keep`, and so they are saved and loaded.

    Args:
        learning_rate: of every optimiser.
    """

    def __init__(self, learning_rate: float) -> None:
        self._learning_rate = learning_rate
        self._modules: dict[str, nn.Module] = {}
        self._optimisers: dict[str, Adam | RmsProp] = {}

    def state_dict(self) -> dict[str, Tensor]:
        """Return all weights, and the optimisers' moments of those that learn."""
        state: dict[str, Tensor] = {}
        for name, module in self._modules.items():
            if name in self._optimisers:
                state |= self._optimisers[name].pack(name)
            else:
                state |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
        return state

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of other networks.
        """
        for name, optimiser in self._optimisers.items():
            optimiser.unpack(name, state)
        for name in self._modules.keys() - self._optimisers.keys():
            module = self._modules[name]
            module.load_state_dict({key: state[f"{name}.{key}"] for key in module.state_dict()})

    def _learn(self, **modules: nn.Module) -> None:
        """Name modules that `_step` trains."""
        self._modules |= modules
        self._optimisers |= {name: self._optimiser(module) for name, module in modules.items()}

    def _optimiser(self, module: nn.Module) -> Adam | RmsProp:
        return Adam(module, self._learning_rate, fused=True)

    def _keep(self, **modules: nn.Module) -> None:
        """Name modules that have no gradients."""
        self._modules |= {name: module.requires_grad_(False) for name, module in modules.items()}

    def _step(self, name: str, losses: Tensor, clip: float | None = None) -> None:
        """Take one step down the sum of the losses [.], of which each has weights of its own: as if it were alone."""
        gradients = self._gradients(name, losses)
        if clip is not None:
            self._clip(name, gradients, clip)
        self._optimisers[name].step(gradients)

    def _gradients(self, name: str, losses: Tensor) -> tuple[Tensor, ...]:
        # Only what these parameters need: the actor's loss costs no gradients of the critic's weights.
        return torch.autograd.grad(losses, self._optimisers[name].parameters, torch.ones_like(losses))

    def _clip(self, name: str, gradients: Sequence[Tensor], limit: float) -> None:
        """Shorten the gradients in place, in the classes that clip."""
        raise NotImplementedError(f"{type(self).__name__} does not say whose gradients share a norm")
