"""Multi-head agents (Fig. 9): the hidden layers are common to all agents of a seed, each agent has an output layer of its own."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kmyriad.collaborative.batched import BatchedMLP, clip_per_agent
from kmyriad.collaborative.learners.sac import Sac


class MultiheadMLP(nn.Module):
    """A torso of all hidden layers for each group and each of `count` networks an agent has, and a linear head for each agent.

    Args:
        widths: features of the input, of each hidden layer, at least one, and of the output.
        generators: one a group.
    """

    def __init__(
        self, widths: Sequence[int], generators: Sequence[torch.Generator], agents: int, count: int, dtype: torch.dtype
    ) -> None:
        super().__init__()
        self._lead = (len(generators), agents, count)
        self.torso = BatchedMLP(widths[:-1], generators, count, dtype)
        self.heads = BatchedMLP(widths[-2:], generators, agents * count, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs [M, B, widths[-1]] for x [M, B, widths[0]], M = groups * agents * count in this order."""
        groups, agents, count = self._lead
        # A torso takes all agents' inputs as so many rows.
        rows = x.unflatten(0, self._lead).transpose(1, 2).reshape(groups * count, -1, x.shape[-1])
        hidden = F.relu(self.torso(rows)).unflatten(1, (agents, -1)).unflatten(0, (groups, count))
        out: Tensor = self.heads(hidden.transpose(1, 2).flatten(0, 2))
        return out


class MultiheadSac(Sac):
    """`Sac` whose actors share a torso, and whose first and second critics one each; the paper says no more, so this is ours.

    A torso descends the mean of its agents' losses, a head its own. All agents of a seed are one network, so actor and
    critics are clipped by one norm a seed. Temperatures are each agent's own.
    """

    def _network(self, widths: Sequence[int], generators: Sequence[torch.Generator], count: int) -> nn.Module:
        return MultiheadMLP(widths, generators, self.agents, count, self.dtype)

    def _clip(self, name: str, gradients: Sequence[Tensor], limit: float) -> None:
        for (parameter, _), gradient in zip(self._modules[name].named_parameters(), gradients, strict=True):
            if parameter.startswith("torso."):
                gradient.div_(self.agents)
        clip_per_agent(gradients, self.groups, limit)
