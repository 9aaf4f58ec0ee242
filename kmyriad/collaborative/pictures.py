"""Many convolutional networks of one shape as one, for observations that are pictures."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kmyriad.collaborative.batched import BatchedMLP
from kmyriad.collaborative.tasks.pool import Picture, Space
from kmyriad.settings.collaborative.dqn import Convolution


class PictureNetwork(nn.Module):
    """M networks of convolutions, with ReLU and without padding, that end in a `BatchedMLP`, each with its own weights.

    All frames of an observation are channels of the first convolution. Weights start as those of `BatchedMLP`.

    Args:
        picture: what an observation is.
        convolutions: channels, kernel and stride of each.
        widths: features of the layers after them, the output's last.
        generators: one for each consecutive block of `per_generator` networks.

    Raises:
        ValueError: a convolution's kernel is larger than what it is to see.
    """

    def __init__(
        self,
        picture: Picture,
        convolutions: Sequence[Convolution],
        widths: Sequence[int],
        generators: Sequence[torch.Generator],
        per_generator: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.picture, self._convolutions, self._count = picture, convolutions, len(generators) * per_generator
        channels = (picture.stack * picture.channels, *(each.channels for each in convolutions))
        shapes = [(each.channels, before, each.kernel, each.kernel) for before, each in zip(channels, convolutions, strict=False)]
        self.kernels = nn.ParameterList(torch.empty(self._count, *shape, dtype=dtype) for shape in shapes)
        self.biases = nn.ParameterList(torch.zeros(self._count, shape[0], dtype=dtype) for shape in shapes)
        for index in range(self._count):
            for kernel in self.kernels:
                nn.init.orthogonal_(kernel.data[index], math.sqrt(2), generator=generators[index // per_generator])
        rows, columns = (_sizes(size, convolutions)[-1] for size in (picture.rows, picture.columns))
        self.rest = BatchedMLP((channels[-1] * rows * columns, *widths), generators, per_generator, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs [M, B, widths[-1]] for observations [M, B, d], values as networks read them."""
        count, size = x.shape[:2]
        # The networks are groups of one convolution, their channels side by side.
        planes = x.transpose(0, 1).reshape(size, -1, self.picture.rows, self.picture.columns)
        for kernel, bias, each in zip(self.kernels, self.biases, self._convolutions, strict=True):
            planes = F.relu_(F.conv2d(planes, kernel.flatten(0, 1), bias.flatten(), each.stride, groups=count))
        out: Tensor = self.rest(planes.view(size, count, -1).transpose(0, 1))
        return out


def make_network(
    space: Space,
    convolutions: Sequence[Convolution],
    widths: Sequence[int],
    generators: Sequence[torch.Generator],
    per_generator: int,
    dtype: torch.dtype = torch.float32,
) -> nn.Module:
    """Return networks of an observation, [M, B, d] -> [M, B, widths[-1]]; they convolve it if it is a picture."""
    if space.picture is None:
        return BatchedMLP((space.obs_dim, *widths), generators, per_generator, dtype)
    return PictureNetwork(space.picture, convolutions, widths, generators, per_generator, dtype)


def as_input(obs: Tensor, picture: Picture | None, dtype: torch.dtype) -> Tensor:
    """Return observations as networks read them: bytes of a `picture` times its scale, others as they are."""
    return obs if picture is None or obs.is_floating_point() else obs.to(dtype) * picture.scale


def _sizes(size: int, convolutions: Sequence[Convolution]) -> list[int]:
    """Return the size before and after each convolution, without padding."""
    sizes = [size]
    for each in convolutions:
        if each.kernel > sizes[-1]:
            raise ValueError(
                f"a picture of {size} pixels is {sizes[-1]} wide before the convolution with the kernel {each.kernel}: "
                "take smaller kernels or strides in dqn.convolutions"
            )
        sizes.append((sizes[-1] - each.kernel) // each.stride + 1)
    return sizes
