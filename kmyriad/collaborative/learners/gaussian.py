"""How agents act whose policies are Gaussians, brought into [-1, 1] by a tanh or by clipping."""

import torch
from torch import Tensor

from kmyriad.collaborative.streams import Streams


class TanhGaussian:
    """Base of the learners with continuous actions in [-1, 1]; see `Learner`."""

    agents: int
    action_dim: int
    dtype: torch.dtype

    def policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation of u, action = bounded(u): obs [G, N, B, d] -> each [G, N, B, A]."""
        raise NotImplementedError(f"{type(self).__name__} does not say what its policies are")

    def bounded(self, u: Tensor) -> Tensor:
        """Return the actions tanh(u)."""
        return u.tanh()

    def random(self, streams: Streams) -> Tensor:
        """Return actions [G, N, A] uniform in [-1, 1)."""
        return 2 * streams.uniform("explore", self.agents, self.action_dim).to(self.dtype) - 1

    def explore(self, obs: Tensor, streams: Streams) -> Tensor:
        """Return actions [G, N, A] that each agent's policy draws for its observation, obs [G, N, d]."""
        mean, log_std = self.policies(obs[:, :, None])
        noise = streams.normal("act", self.agents, 1, self.action_dim, dtype=self.dtype)
        return self.bounded((mean + log_std.exp() * noise)[:, :, 0])

    def perform(self, obs: Tensor, streams: Streams) -> Tensor:
        """Return each agent's actions without noise, bounded(mean): obs [G, N, E, d] -> [G, N, E, A]."""
        return self.bounded(self.policies(obs)[0])


class ClippedGaussian(TanhGaussian):
    """The same with clipped actions."""

    def bounded(self, u: Tensor) -> Tensor:
        """Return the actions clip(u, -1, 1)."""
        return u.clamp(-1, 1)
