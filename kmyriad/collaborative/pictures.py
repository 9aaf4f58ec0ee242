"""Many convolutional networks of one shape as one, for observations that are pictures."""

import math
from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kmyriad.collaborative.batched import BatchedMLP
from kmyriad.collaborative.placement import CPU, here
from kmyriad.collaborative.tasks.pool import Picture, Space
from kmyriad.settings.collaborative.dqn import Convolution


class Convolutions(nn.Module):
    """M convolutional networks, with ReLU and without padding, each with its own weights.

    All frames of an observation are channels of the first convolution. Weights start orthogonal with gain sqrt(2), biases at 0.

    Args:
        picture: what an observation is.
        convolutions: channels, kernel and stride of each.
        generators: one for each consecutive block of `per_generator` networks.
        channels_last: compute with channels innermost, which takes a third less time on a CPU and rounds differently.

    Raises:
        ValueError: a convolution's kernel is larger than what it is to see.
    """

    def __init__(
        self,
        picture: Picture,
        convolutions: Sequence[Convolution],
        generators: Sequence[torch.Generator],
        per_generator: int,
        dtype: torch.dtype = torch.float32,
        channels_last: bool = False,
    ) -> None:
        super().__init__()
        self.picture, self._convolutions, self._count = picture, convolutions, len(generators) * per_generator
        self._format = torch.channels_last if channels_last else torch.contiguous_format
        channels = (picture.stack * picture.channels, *(each.channels for each in convolutions))
        shapes = [(each.channels, before, each.kernel, each.kernel) for before, each in zip(channels, convolutions, strict=False)]
        kernels = [torch.empty(self._count, *shape, dtype=dtype, device=CPU) for shape in shapes]
        for index in range(self._count):
            for kernel in kernels:
                nn.init.orthogonal_(kernel[index], math.sqrt(2), generator=generators[index // per_generator])
        self.kernels = nn.ParameterList(map(here, kernels))
        self.biases = nn.ParameterList(torch.zeros(self._count, shape[0], dtype=dtype) for shape in shapes)
        self.features = features_of(picture, convolutions)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features [M, B, F] of observations [M, B, d], values as networks read them.

        There may be fewer observations, [M / n, B, d]: then each is for n consecutive networks.
        """
        given, size = x.shape[:2]
        # The networks are groups of one convolution, their channels side by side.
        planes = x.transpose(0, 1).reshape(size, -1, self.picture.rows, self.picture.columns)
        planes, groups = planes.contiguous(memory_format=self._format), given
        for kernel, bias, each in zip(self.kernels, self.biases, self._convolutions, strict=True):
            planes = F.relu_(F.conv2d(planes, kernel.flatten(0, 1), bias.flatten(), each.stride, groups=groups))
            groups = self._count
        return planes.reshape(size, self._count, -1).transpose(0, 1)

    def taken(self, every: int) -> "Convolutions":
        """Return a copy of every so manieth network, the first included, that has no gradients."""
        copied = deepcopy(self).requires_grad_(False)
        copied._count = self._count // every
        for parameter in copied.parameters():
            parameter.data = parameter.data[::every].clone()
        return copied


class PictureNetwork(Convolutions):
    """M networks of `Convolutions` that end in a `BatchedMLP`, each with its own weights, which start as that one's.

    Args:
        widths: features of the layers after the convolutions, the output's last.

    Its other arguments are those of `Convolutions`.
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
        super().__init__(picture, convolutions, generators, per_generator, dtype)
        self.rest = BatchedMLP((self.features, *widths), generators, per_generator, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs [M, B, widths[-1]] for observations [M, B, d], values as networks read them."""
        out: Tensor = self.rest(super().forward(x))
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


def features_of(picture: Picture, convolutions: Sequence[Convolution]) -> int:
    """Return F, how many numbers the convolutions make of an observation.

    Raises:
        ValueError: a convolution's kernel is larger than what it is to see.
    """
    rows, columns = (_sizes(size, convolutions)[-1] for size in (picture.rows, picture.columns))
    return convolutions[-1].channels * rows * columns


def shifted(obs: Tensor, picture: Picture, offset: Tensor, padding: int) -> Tensor:
    """Return the pictures moved by a few pixels (random shift, DrQ, Yarats et al., 2021).

    Each is padded on all sides by `padding` copies of its border, and cut out again from row and column `offset` on, integers
    in 0 .. 2 padding; `padding` itself leaves it where it is. All of its frames move alike.

    Shapes: obs [..., d], offset [..., 2] -> [..., d].
    """
    rows, columns = (
        (torch.arange(size) + offset[..., axis, None] - padding).clamp(0, size - 1)
        for axis, size in enumerate((picture.rows, picture.columns))
    )
    pixel = (rows[..., :, None] * picture.columns + columns[..., None, :]).flatten(-2)
    planes = obs.unflatten(-1, (-1, picture.rows * picture.columns))
    return planes.gather(-1, pixel[..., None, :].expand_as(planes)).flatten(-2)


def _sizes(size: int, convolutions: Sequence[Convolution]) -> list[int]:
    """Return the size before and after each convolution, without padding."""
    sizes = [size]
    for each in convolutions:
        if each.kernel > sizes[-1]:
            raise ValueError(
                f"a picture of {size} pixels is {sizes[-1]} wide before the convolution with the kernel {each.kernel}: "
                "take smaller kernels or strides in the convolutions of dqn or drq"
            )
        sizes.append((sizes[-1] - each.kernel) // each.stride + 1)
    return sizes
