"""Means over a block of what its updates measure, for each seed."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


class Meter:
    """Tensors [groups, ...] by name, kept until the block ends: a mean is read once, not at every update."""

    def __init__(self, groups: int) -> None:
        self._groups = groups
        self._values: dict[str, list[Tensor]] = defaultdict(list)

    def add(self, name: str, values: Tensor) -> None:
        """Add values [groups, ...]; NaN stands for nothing to add."""
        self._values[name].append(values)

    def mean(self, name: str) -> Tensor:
        """Return the means [groups], float64; NaN where nothing was added."""
        return self._all(name).nanmean(1)

    def broken(self, name: str) -> Tensor:
        """Return which groups [groups] added something that is not finite."""
        return ~self._all(name).isfinite().all(1)

    def rows(self, names: Sequence[str], seeds: Sequence[int]) -> list[dict[str, Any]]:
        """Return for each group its seed and the means of `names`."""
        means = {name: self.mean(name).tolist() for name in names}
        return [{"seed": seed, **{name: means[name][group] for name in names}} for group, seed in enumerate(seeds)]

    def _all(self, name: str) -> Tensor:
        """Return all that was added, [groups, number], float64."""
        if name not in self._values:
            return torch.empty(self._groups, 0, dtype=torch.float64)
        return torch.stack(self._values[name], -1).flatten(1).double()


def masked(values: Tensor, where: Tensor) -> Tensor:
    """Return `values` where `where`, NaN elsewhere."""
    return values.masked_fill(~where, math.nan)
