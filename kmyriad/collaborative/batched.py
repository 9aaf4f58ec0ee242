"""Many small networks of one shape as one: batched layers, tanh-Gaussian policies, clipping per agent, lagging targets."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kmyriad.collaborative.placement import CPU, here


class BatchedMLP(nn.Module):
    """M networks x -> W_L f(... f(W_1 x + b_1)) + b_L, each with its own weights, evaluated by batched products.

    Args:
        widths: features of the input, of each hidden layer and of the output.
        generators: one for each consecutive block of `per_generator` networks, so that a block's weights depend on its
            generator only.
        per_generator: networks that each generator initialises, M = len(generators) * per_generator.
        activation: f; it may work in place, as the backward pass of a product does not need its result.
        output_gain: of the last layer's weights.

    All weights start orthogonal with gain sqrt(2), the output's too where nothing else is said, and biases at 0, as in the public
    jaxrl2.
    """

    def __init__(
        self,
        widths: Sequence[int],
        generators: Sequence[torch.Generator],
        per_generator: int,
        dtype: torch.dtype = torch.float32,
        activation: Callable[[Tensor], Tensor] = F.relu_,
        output_gain: float = math.sqrt(2),
    ) -> None:
        super().__init__()
        self._activation = activation
        gains = [math.sqrt(2)] * (len(widths) - 2) + [output_gain]
        count = len(generators) * per_generator
        weights = [torch.empty(count, a, b, dtype=dtype, device=CPU) for a, b in pairwise(widths)]
        for index in range(count):
            for weight, gain in zip(weights, gains, strict=True):
                nn.init.orthogonal_(weight[index], gain, generator=generators[index // per_generator])
        self.weights = nn.ParameterList(map(here, weights))
        self.biases = nn.ParameterList(torch.zeros(count, 1, b, dtype=dtype) for b in widths[1:])

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs [M, B, widths[-1]] for x [M, B, widths[0]]."""
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if layer < last:
                x = self._activation(x)
        return x


def sample_tanh_gaussian(mean: Tensor, log_std: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Return actions a = tanh(u), u = mean + std * noise, and log pi(a), in nats, for standard normal `noise`.

    log pi(a) = sum_c log N(u_c; mean_c, std_c^2) - log(1 - tanh(u_c)^2) (SAC, Haarnoja et al., 2018, Appendix C), with
    log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2 u)), which does not cancel.

    Shapes: all [..., A]; the log-density [...].
    """
    u = mean + log_std.exp() * noise
    log_normal = -0.5 * noise.square() - log_std - 0.5 * math.log(2 * math.pi)
    log_slope = 2 * (math.log(2) - u - F.softplus(-2 * u))
    return u.tanh(), (log_normal - log_slope).sum(-1)


@torch.no_grad()
def clip_per_agent(gradients: Iterable[Tensor], agents: int, limit: float) -> Tensor:
    """Scale the gradients in place so that each agent's 2-norm is at most `limit`, and return the norms before, [agents].

    Each tensor is [agents * c, ...], the c networks of an agent side by side; they share one norm. The factor is
    torch.nn.utils.clip_grad_norm_'s min(1, limit / (norm + 1e-6)), so a set of agents learns like as many separate ones.
    """
    rows = [gradient.view(agents, -1) for gradient in gradients]
    norms = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(row, dim=1) for row in rows]), dim=0)
    factors = limit / (norms + 1e-6)
    # Elsewhere than on a CPU, asking would cost more than multiplying by 1.
    if factors.device != CPU or factors.amin() < 1:
        factors.clamp_(max=1)
        for row in rows:
            row.mul_(factors[:, None])
    return norms


@torch.no_grad()
def follow(target: nn.Module, source: nn.Module, tau: float) -> None:
    """Move every parameter of `target` by the share `tau` of its distance to that of `source`."""
    torch._foreach_lerp_(list(target.parameters()), list(source.parameters()), tau)
