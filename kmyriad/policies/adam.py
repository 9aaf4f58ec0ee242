"""Adam, and what it remembers of a network, as one flat dictionary of tensors with the network's parameters."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

_MOMENTS = ("exp_avg", "exp_avg_sq")


class Adam:
    """Adam (Kingma and Ba, 2015) for all parameters of a module, with torch's defaults but for the learning rate.

    It is torch's function, not its class: making one of those loads a compiler, which takes longer than everything else that a
    job does before it starts, and its `step` takes a tenth of an update of small networks for what is not used here.

    Args:
        fused: one pass over each tensor, which is faster for small ones and rounds differently; None leaves it to torch.
    """

    def __init__(self, module: nn.Module, learning_rate: float, fused: bool | None = None) -> None:
        self.learning_rate, self._fused = learning_rate, fused
        self._names = [name for name, _ in module.named_parameters()]
        self.parameters: list[nn.Parameter] = list(module.parameters())
        self._moments = {key: [torch.zeros_like(each, requires_grad=False) for each in self.parameters] for key in _MOMENTS}
        # The fused pass reads it where the parameters are; else it is on the CPU, so that nobody waits for a GPU to read it.
        self._steps = [torch.zeros((), device=each.device if fused else "cpu") for each in self.parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor] | None = None) -> None:
        """Take a step down `gradients`, one a parameter; by default those that backward passes have left.

        Raises:
            ValueError: a parameter has none.
        """
        if gradients is None:
            gradients = [each.grad for each in self.parameters if each.grad is not None]
        if len(gradients) != len(self.parameters):
            raise ValueError(f"{len(gradients)} gradients for {len(self.parameters)} parameters: each must be part of the loss")
        adam(
            list[Tensor](self.parameters),
            [each.contiguous() for each in gradients],  # fused Adam (torch 2.13, CPU) does not look at strides
            self._moments["exp_avg"],
            self._moments["exp_avg_sq"],
            max_exp_avg_sqs=[],
            state_steps=self._steps,
            fused=self._fused,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self.learning_rate,
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
        )

    def pack(self, prefix: str) -> dict[str, Tensor]:
        """Return the parameters as `<prefix>.<name>` and their moments as `<prefix>.adam.<key>.<name>`; nothing is copied."""
        state = {f"{prefix}.{name}": each.detach() for name, each in zip(self._names, self.parameters, strict=True)}
        for key, values in (("step", self._steps), *self._moments.items()):
            state |= {f"{prefix}.adam.{key}.{name}": value for name, value in zip(self._names, values, strict=True)}
        return state

    def unpack(self, prefix: str, state: dict[str, Tensor]) -> None:
        """Copy what `pack` returned into the parameters and moments; other entries of `state` are left alone.

        Raises:
            ValueError: an entry is missing.
        """
        own = self.pack(prefix)
        if own.keys() - state.keys():
            missing = min(own.keys() - state.keys())
            raise ValueError(
                f"the saved state has no {missing}, it is that of another network or version: delete it to start again"
            )
        for name, value in own.items():
            value.copy_(state[name])
