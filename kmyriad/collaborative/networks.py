"""Networks by name: what is saved of them, and how those that learn step, each by an Adam of its own."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

from kmyriad.policies.optimiser_state import pack, unpack


class Networks:
    """Base of all that has networks: it names them once, as `_learn` or as `_keep`, and so they are saved and loaded.

    Args:
        learning_rate: of every Adam.
    """

    def __init__(self, learning_rate: float) -> None:
        self._learning_rate = learning_rate
        self._modules: dict[str, nn.Module] = {}
        self._optimisers: dict[str, torch.optim.Adam] = {}
        self._parameters: dict[str, list[nn.Parameter]] = {}

    def state_dict(self) -> dict[str, Tensor]:
        """Return all weights, and Adam's moments of those that learn."""
        state: dict[str, Tensor] = {}
        for name, module in self._modules.items():
            if name in self._optimisers:
                state |= pack(name, module, self._optimisers[name])
            else:
                state |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
        return state

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of other networks.
        """
        for name, optimiser in self._optimisers.items():
            unpack(name, state, self._modules[name], optimiser)
        for name in self._modules.keys() - self._optimisers.keys():
            module = self._modules[name]
            module.load_state_dict({key: state[f"{name}.{key}"] for key in module.state_dict()})

    def _learn(self, **modules: nn.Module) -> None:
        """Name modules that `_step` trains."""
        self._modules |= modules
        for name, module in modules.items():
            self._parameters[name] = list(module.parameters())
            self._optimisers[name] = torch.optim.Adam(self._parameters[name], lr=self._learning_rate)
            unpack(name, pack(name, module, self._optimisers[name]), module, self._optimisers[name])

    def _keep(self, **modules: nn.Module) -> None:
        """Name modules that have no gradients."""
        self._modules |= {name: module.requires_grad_(False) for name, module in modules.items()}

    def _step(self, name: str, losses: Tensor, clip: float | None = None) -> None:
        """Take one step down the sum of the losses [.], of which each has weights of its own: as if it were alone."""
        gradients = self._gradients(name, losses)
        if clip is not None:
            self._clip(name, gradients, clip)
        self._descend(name, gradients)

    def _gradients(self, name: str, losses: Tensor) -> tuple[Tensor, ...]:
        # Only what these parameters need: the actor's loss costs no gradients of the critic's weights.
        return torch.autograd.grad(losses, self._parameters[name], torch.ones_like(losses))

    def _clip(self, name: str, gradients: Sequence[Tensor], limit: float) -> None:
        """Shorten the gradients in place, in the classes that clip."""
        raise NotImplementedError(f"{type(self).__name__} does not say whose gradients share a norm")

    @torch.no_grad()
    def _descend(self, name: str, gradients: Sequence[Tensor]) -> None:
        """Take Adam's step. Its function, not its `step`: that spends a tenth of an update of SAC on what nobody asked for."""
        optimiser, parameters = self._optimisers[name], self._parameters[name]
        moments = [optimiser.state[parameter] for parameter in parameters]
        settings = optimiser.defaults
        adam(
            list[Tensor](parameters),
            [gradient.contiguous() for gradient in gradients],  # fused Adam (torch 2.13, CPU) does not look at strides
            exp_avgs=[each["exp_avg"] for each in moments],
            exp_avg_sqs=[each["exp_avg_sq"] for each in moments],
            max_exp_avg_sqs=[],
            state_steps=[each["step"] for each in moments],
            fused=True,  # one pass over each tensor, where foreach makes a dozen
            amsgrad=False,
            beta1=settings["betas"][0],
            beta2=settings["betas"][1],
            lr=settings["lr"],
            weight_decay=settings["weight_decay"],
            eps=settings["eps"],
            maximize=False,
        )
