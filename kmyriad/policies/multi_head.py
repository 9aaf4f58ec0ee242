"""K-Myriad's policy: one trunk, many heads (Section 5.1, Appendix B)."""

import math
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from kmyriad.policies.linear import initialise_linear
from kmyriad.policies.standardiser import Standardiser


class MultiHeadPolicy(nn.Module):
    """Tanh-squashed Gaussian policies that share a trunk; head i acts in the i-th block of consecutive environments.

    x = trunk(s);  z_i = relu(A_i x + a_i);  mean_i, raw_i = W_i z_i + b_i;  action = tanh(u), u ~ N(mean_i, std_i^2),
    log std_i = the interval `log_std_range`, entered through tanh(raw_i), or with `clipped_std` raw_i clipped to it.

    Appendix B leaves the adapter's width d_a open; Table 2's "[256, 8]" is read as 256 -> 256 -> 8, so that trunk and one
    adapter are Table 3's single-head actor [512, 256, 256]. Only the head that an environment uses is evaluated for it.

    Args:
        obs_dim: features of an observation.
        action_dim: components of an action.
        num_heads: number of heads H; the number of environments must be a multiple of it.
        trunk: widths of the shared layers (Table 2).
        adapter: width of each head's own hidden layer (Table 2).
        log_std_range: smallest and largest log standard deviation of u.
        seed: of the initial weights (Xavier uniform, zero biases).
        standardise: whether the network sees standardised observations; the statistics are part of the policy.
        clipped_std: whether the log standard deviation is clipped, as in soft actor-critics.
    """

    def __init__(
        self,
        obs_dim: int,
        action_dim: int,
        num_heads: int,
        trunk: tuple[int, ...] = (512, 256),
        adapter: int = 256,
        log_std_range: tuple[float, float] = (-5.0, 2.0),
        seed: int = 0,
        standardise: bool = False,
        clipped_std: bool = False,
    ) -> None:
        super().__init__()
        self.obs_dim, self.action_dim, self.num_heads = obs_dim, action_dim, num_heads
        self.log_std_range, self.clipped_std = log_std_range, clipped_std
        self.standardiser = Standardiser(obs_dim) if standardise else None
        widths = (obs_dim, *trunk)
        self.trunk = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.adapter_weight = nn.Parameter(torch.empty(num_heads, widths[-1], adapter))
        self.adapter_bias = nn.Parameter(torch.zeros(num_heads, 1, adapter))
        # Mean and log std side by side, so that one batched product gives both.
        self.output_weight = nn.Parameter(torch.empty(num_heads, adapter, 2 * action_dim))
        self.output_bias = nn.Parameter(torch.zeros(num_heads, 1, 2 * action_dim))
        self._initialise(torch.Generator().manual_seed(seed))

    @torch.no_grad()
    def _initialise(self, generator: torch.Generator) -> None:
        for layer in self.trunk:
            initialise_linear(layer, generator)
        for head in range(self.num_heads):
            nn.init.xavier_uniform_(self.adapter_weight[head], generator=generator)
            for half in self.output_weight[head].split(self.action_dim, dim=1):
                nn.init.xavier_uniform_(half, generator=generator)

    @torch.no_grad()
    def scale_means(self, gain: float) -> None:
        """Multiply the weights of all means by `gain`: near 0, every head starts with means of about 0."""
        self.output_weight[..., : self.action_dim] *= gain

    @torch.no_grad()
    def set_std(self, std: float) -> None:
        """Make `std` the standard deviation of u everywhere, until training changes it.

        Raises:
            ValueError: `std` is not inside exp(log_std_range).
        """
        low, high = self.log_std_range
        if not math.exp(low) < std < math.exp(high):
            raise ValueError(f"a standard deviation of {std:g} is not between exp({low:g}) and exp({high:g})")
        self.output_weight[..., self.action_dim :] = 0
        self.output_bias[..., self.action_dim :] = math.atanh(2 * (math.log(std) - low) / (high - low) - 1)

    def head_parameters(self) -> list[nn.Parameter]:
        """Return what each head has of its own; the heads are the first dimension."""
        return [self.adapter_weight, self.adapter_bias, self.output_weight, self.output_bias]

    def standardised(self, obs: torch.Tensor) -> torch.Tensor:
        """Return what the network sees of the observations [..., obs_dim]."""
        return obs if self.standardiser is None else self.standardiser(obs)

    def forward(self, obs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and log standard deviation of u, each [..., m, action_dim], for observations [..., m, obs_dim].

        Raises:
            ValueError: another number of features, or environments that the heads do not divide.
        """
        self._check(obs)
        x = self.standardised(obs).reshape(-1, obs.shape[-2], self.obs_dim)
        for layer in self.trunk:
            x = F.relu_(layer(x))  # in place: the backward pass of a linear layer does not need its output
        batch, envs, _ = x.shape
        per_head = (batch, self.num_heads, envs // self.num_heads)
        x = x.view(*per_head, -1).transpose(0, 1).reshape(self.num_heads, -1, x.shape[-1])
        x = F.relu_(torch.baddbmm(self.adapter_bias, x, self.adapter_weight))
        x = torch.baddbmm(self.output_bias, x, self.output_weight)
        x = x.view(self.num_heads, batch, per_head[2], -1).transpose(0, 1).reshape(*obs.shape[:-1], -1)
        mean, raw = x.split(self.action_dim, dim=-1)
        low, high = self.log_std_range
        return mean, raw.clamp(low, high) if self.clipped_std else low + 0.5 * (high - low) * (1 + raw.tanh())

    @torch.no_grad()
    def sample(
        self, obs: torch.Tensor, generator: torch.Generator | None = None, deterministic: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return actions tanh(u) and u, each [..., m, action_dim]; `deterministic` takes u = mean."""
        mean, log_std = self(obs)
        if deterministic:
            return mean.tanh(), mean
        noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
        u = mean + log_std.exp() * noise
        return u.tanh(), u

    def log_prob(self, obs: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
        """Return log N(u; mean, std^2) summed over the action's components, [..., m], in nats.

        The density of the action tanh(u) is this minus sum log(1 - tanh(u)^2), a term without parameters: it cancels in
        every ratio of policies and in every gradient.
        """
        return gaussian_log_prob(u, *self(obs))

    def select_head(self, head: int) -> "MultiHeadPolicy":
        """Return a copy of the trunk with head `head` (0 .. num_heads - 1) alone: a policy of one head.

        Raises:
            IndexError: no such head.
        """
        if not 0 <= head < self.num_heads:
            raise IndexError(f"head {head} does not exist: this policy has heads 0 .. {self.num_heads - 1}")
        single = MultiHeadPolicy(**{**self.architecture(), "num_heads": 1}).to(self.adapter_weight)
        shared = {name: value for name, value in self.state_dict().items() if name.startswith(("trunk.", "standardiser."))}
        own = {name: value[head : head + 1] for name, value in self.state_dict().items() if name not in shared}
        single.load_state_dict(shared | own)
        return single

    def architecture(self) -> dict[str, Any]:
        """Return the arguments that make a policy of the same shape, as JSON can hold them."""
        return {
            "obs_dim": self.obs_dim,
            "action_dim": self.action_dim,
            "num_heads": self.num_heads,
            "trunk": [layer.out_features for layer in self.trunk],
            "adapter": self.adapter_weight.shape[-1],
            "log_std_range": list(self.log_std_range),
            "standardise": self.standardiser is not None,
            **({"clipped_std": True} if self.clipped_std else {}),
        }

    def _check(self, obs: torch.Tensor) -> None:
        if obs.shape[-1] != self.obs_dim:
            raise ValueError(f"the policy expects {self.obs_dim} features, got observations of shape {list(obs.shape)}")
        if obs.shape[-2] % self.num_heads:
            raise ValueError(f"{self.num_heads} heads do not divide {obs.shape[-2]} environments")


def gaussian_log_prob(u: torch.Tensor, mean: torch.Tensor, log_std: torch.Tensor) -> torch.Tensor:
    """Return log N(u; mean, exp(log_std)^2) summed over the last dimension, in nats."""
    half_log_two_pi = 0.9189385332046727
    return (-0.5 * ((u - mean) * torch.exp(-log_std)).square() - log_std - half_log_two_pi).sum(-1)
