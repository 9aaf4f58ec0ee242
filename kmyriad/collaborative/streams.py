"""Random numbers: one generator a seed and purpose, so that one purpose more or less changes nothing elsewhere."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from kmyriad.collaborative.placement import CPU, here

PURPOSES = {
    "networks": 0,  # initial weights
    "encoder": 1,  # the same
    "classifier": 2,  # the same
    "batch": 3,  # indices of transitions
    "noise": 4,  # of the policy, in updates
    "act": 5,
    "explore": 6,  # deviations from the actions
    "positives": 7,  # steps to the positives of InfoNCE
    "evaluate": 8,
    "shift": 11,  # of pictures, in updates
}
"""The number of each purpose is part of its seed: a new purpose takes the next one that is free, and 9 and 10 are taken."""
_EPISODE, _EVALUATION = 9, 10


class Streams:
    """Generators of G seeds on the CPU; what they draw goes to where tensors are made at present, and is the same everywhere.

    Drawing for all seeds takes each seed's own, so a seed never depends on those beside it.

    Environments have no generator: the seed of an episode follows from (seed, agent, episode), see `episode_seed`.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self._generators = {
            purpose: [torch.Generator().manual_seed(_number(seed, index)) for seed in seeds]
            for purpose, index in PURPOSES.items()
        }

    def of(self, purpose: str) -> list[torch.Generator]:
        """Return the generators of `purpose`, one a seed."""
        return self._generators[purpose]

    def normal(self, purpose: str, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Return standard normal numbers [G, *shape]."""
        return self._stack(purpose, lambda generator: torch.randn(shape, generator=generator, dtype=dtype, device=CPU))

    def uniform(self, purpose: str, *shape: int) -> Tensor:
        """Return numbers [G, *shape] uniform in [0, 1)."""
        return self._stack(purpose, lambda generator: torch.rand(shape, generator=generator, device=CPU))

    def integers(self, purpose: str, below: int, *shape: int) -> Tensor:
        """Return integers [G, *shape] uniform in 0 .. below - 1."""
        return self._stack(purpose, lambda generator: torch.randint(below, shape, generator=generator, device=CPU))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the states of all generators."""
        return {
            f"{purpose}.{seed}": generator.get_state()
            for purpose, generators in self._generators.items()
            for seed, generator in enumerate(generators)
        }

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        for purpose, generators in self._generators.items():
            for seed, generator in enumerate(generators):
                generator.set_state(state[f"{purpose}.{seed}"].to(CPU))

    def _stack(self, purpose: str, draw: Callable[[torch.Generator], Tensor]) -> Tensor:
        drawn = [draw(generator) for generator in self._generators[purpose]]
        return here(torch.stack(drawn) if len(drawn) > 1 else drawn[0][None])


def episode_seed(seed: int, place: int, episode: int) -> int:
    """Return the seed of episode `episode` in environment `place` of a run with seed `seed`."""
    return _number(seed, _EPISODE, place, episode)


def evaluation_seed(seed: int, number: int, place: int, episode: int) -> int:
    """Return the seed of an episode of evaluation `number`; none is that of a training episode."""
    return _number(seed, _EVALUATION, number, place, episode)


def _number(*key: int) -> int:
    return int(np.random.SeedSequence(key).generate_state(1)[0])
