"""Where training computes: networks, replay and rewards on one device, environments and random numbers on the CPU."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import torch
from torch import Tensor

from kmyriad.collaborative.tasks.pool import PoolOf, SeedOf, Step

P = ParamSpec("P")
R = TypeVar("R")
CPU = torch.device("cpu")


class OnDevice(Protocol):
    """Something that computes on a device."""

    device: torch.device


S = TypeVar("S", bound=OnDevice)


def placed(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Let `method` make its tensors on `self.device`: none of the code below needs to name it.

    torch asks at every call whether a device is set, so on the CPU none is.
    """

    @wraps(method)
    def there(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.device == CPU:
            return method(self, *args, **kwargs)
        with self.device:
            return method(self, *args, **kwargs)

    return there


def here(values: Tensor) -> Tensor:
    """Return `values` where tensors are made at present, see `placed`."""
    return values.to(torch.get_default_device())


def on_device(pool_of: PoolOf, device: torch.device) -> PoolOf:
    """Return what makes the same pools for agents on `device`."""
    return pool_of if device == CPU else lambda copies: PlacedPool(pool_of, copies, device)


class PlacedPool:
    """A pool on the CPU, what goes in and comes out of which is on another device; see `Pool`."""

    def __init__(self, pool_of: PoolOf, copies: int, device: torch.device) -> None:
        with CPU:
            self.inner = pool = pool_of(copies)
        self._device = device
        self.num_envs, self.obs_dim, self.action_dim, self.horizon = pool.num_envs, pool.obs_dim, pool.action_dim, pool.horizon

    def reset(self, seed_of: SeedOf) -> Tensor:
        """Begin episode 0 in every copy and return observations [m, d]."""
        with CPU:
            return self.inner.reset(seed_of).to(self._device)

    def step(self, actions: Tensor) -> Step:
        """Apply actions [m, A] once."""
        with CPU:
            return Step(*(each.to(self._device) for each in self.inner.step(actions.to(CPU))))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the pool's state."""
        with CPU:
            return self.inner.state_dict()

    def load_state_dict(self, state: dict[str, Tensor], seed_of: SeedOf) -> Tensor:
        """Go on from what `state_dict` returned; return the observations [m, d] to act on."""
        with CPU:
            return self.inner.load_state_dict({name: value.to(CPU) for name, value in state.items()}, seed_of).to(self._device)
