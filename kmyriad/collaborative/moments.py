"""Running mean and variance, by which observations and rewards are put on one scale."""

import torch
from torch import Tensor


class Moments:
    """Running mean and variance of everything seen, float64, for each leading index of `shape`'s tensors.

    Two sets of n_a and n_b numbers merge as mean = mean_a + d n_b / n, n var = n_a var_a + n_b var_b + d^2 n_a n_b / n with
    d = mean_b - mean_a (Chan et al., 1979). Nothing seen is mean 0 and variance 1.
    """

    def __init__(self, *shape: int) -> None:
        self.count = torch.zeros((), dtype=torch.float64)
        self.mean, self.variance = torch.zeros(shape, dtype=torch.float64), torch.ones(shape, dtype=torch.float64)

    @property
    def std(self) -> Tensor:
        """The standard deviation, of the shape given."""
        return self.variance.sqrt()

    def add(self, values: Tensor, dim: int) -> None:
        """Take in `values`, whose dimension `dim` counts the numbers."""
        values, number = values.double(), values.shape[dim]
        total = self.count + number
        gap = values.mean(dim) - self.mean
        within = self.count * self.variance + number * values.var(dim, correction=0)
        self.variance = (within + gap.square() * self.count * number / total) / total
        self.mean, self.count = self.mean + gap * number / total, total

    def state_dict(self, prefix: str) -> dict[str, Tensor]:
        """Return count, mean and variance."""
        return {f"{prefix}.{name}": getattr(self, name) for name in ("count", "mean", "variance")}

    def load_state_dict(self, prefix: str, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        for name in ("count", "mean", "variance"):
            setattr(self, name, state[f"{prefix}.{name}"].clone())
