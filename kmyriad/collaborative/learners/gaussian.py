"""How agents act whose policies are Gaussians under a tanh."""

import torch
from torch import Tensor

from kmyriad.collaborative.streams import Streams


class TanhGaussian:
    """Base of the learners with continuous actions in [-1, 1]; see `Learner`."""

    agents: int
    action_dim: int
    dtype: torch.dtype

    def policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation of u, action = tanh(u): obs [G, N, B, d] -> each [G, N, B, A]."""
        raise NotImplementedError(f"{type(self).__name__} does not say what its policies are")

    def random(self, streams: Streams) -> Tensor:
        """Return actions [G, N, A] uniform in [-1, 1)."""
        return 2 * streams.uniform("explore", self.agents, self.action_dim).to(self.dtype) - 1

    def explore(self, obs: Tensor, streams: Streams) -> Tensor:
        """Return actions [G, N, A] that each agent's policy draws for its observation, obs [G, N, d]."""
        mean, log_std = self.policies(obs[:, :, None])
        noise = streams.normal("act", self.agents, 1, self.action_dim, dtype=self.dtype)
        return (mean + log_std.exp() * noise)[:, :, 0].tanh()

    def perform(self, obs: Tensor, streams: Streams) -> Tensor:
        """Return each agent's actions without noise, tanh(mean): obs [G, N, E, d] -> [G, N, E, A]."""
        return self.policies(obs)[0].tanh()
