"""A network and the moments of its Adam as one flat dictionary of tensors, and back."""

import torch
from torch import Tensor, nn

_ADAM_STATE = ("step", "exp_avg", "exp_avg_sq")


def pack(prefix: str, module: nn.Module, optimiser: torch.optim.Adam) -> dict[str, Tensor]:
    """Return the parameters as `<prefix>.<name>` and their moments as `<prefix>.adam.<key>.<name>`; nothing is copied.

    Moments that Adam has not made yet, before its first step, are the zeros that it would start with.
    """
    state = {}
    for name, parameter in module.named_parameters():
        zeros = torch.zeros_like(parameter)
        initial = {"step": torch.tensor(0.0), "exp_avg": zeros, "exp_avg_sq": zeros.clone()}
        moments = initial | optimiser.state.get(parameter, {})
        state[f"{prefix}.{name}"] = parameter.detach()
        state |= {f"{prefix}.adam.{key}.{name}": moments[key] for key in _ADAM_STATE}
    return state


def unpack(prefix: str, state: dict[str, Tensor], module: nn.Module, optimiser: torch.optim.Adam) -> None:
    """Copy what `pack` returned into `module` and `optimiser`; other entries of `state` are left alone.

    Raises:
        ValueError: an entry is missing.
    """
    needed = pack(prefix, module, optimiser).keys()
    if needed - state.keys():
        missing = min(needed - state.keys())
        raise ValueError(f"the saved state has no {missing}, it is that of another network or version: delete it to start again")
    for name, parameter in module.named_parameters():
        parameter.data.copy_(state[f"{prefix}.{name}"])
        moments = {key: state[f"{prefix}.adam.{key}.{name}"].clone() for key in _ADAM_STATE}
        # Adam keeps its step counter on the CPU.
        optimiser.state[parameter] = {key: value if key == "step" else value.to(parameter) for key, value in moments.items()}
