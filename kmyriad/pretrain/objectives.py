"""What the heads maximise together. An objective is one function; the loop knows nothing else about it."""

from collections.abc import Callable
from importlib import import_module

import torch

from kmyriad.estimators import entropy_and_credit, entropy_and_log_volumes
from kmyriad.names import choose

Objective = Callable[[torch.Tensor, int], tuple[torch.Tensor, torch.Tensor]]
"""(particles [T, m, d], k) -> (value, a scalar; factor [T, m] of grad log pi(a_t | s_t) in the value's gradient)."""

OBJECTIVES: dict[str, Objective] = {"entropy": entropy_and_credit, "log-volume": entropy_and_log_volumes}


def load_objective(name: str) -> Objective:
    """Return the objective called `name`, or the function at `package.module:function`, where a user's own may live.

    Raises:
        ValueError: no such name; the message lists the choices.
        ImportError, AttributeError: the module or its function does not exist.
    """
    if ":" in name:
        module, function = name.split(":", 1)
        return getattr(import_module(module), function)
    return OBJECTIVES[choose(name, OBJECTIVES, "objective")]
