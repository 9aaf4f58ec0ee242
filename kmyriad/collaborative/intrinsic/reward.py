"""The collaborative reward (eqs. 2 and 3): how unlike a state is to what an agent, and the others, visited lately."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from kmyriad.collaborative.intrinsic.encoder import Encoder
from kmyriad.collaborative.replay import Batch, Visited
from kmyriad.collaborative.streams import Streams
from kmyriad.names import choose
from kmyriad.settings.collaborative.arm import RewardSettings

REDUCTIONS = ("kth", "mean")


@torch.no_grad()
def collaborative_reward(queries: Tensor, banks: Tensor, k: int, weight: float, reduction: str = "kth") -> Tensor:
    """Return the intrinsic reward R_i of each query for each agent (eqs. 2 and 3 of Collaborative Exploration).

    r_i = -f(z, Z_i), f the cosine similarity to the k-th nearest embedding of agent i's bank Z_i ("kth"), or the mean over
    the k nearest ("mean"); R_i = w r_i + (1 - w) / (N - 1) sum_{j != i} r_j. Both lie in [-1, 1]. Where a bank holds fewer
    than k embeddings, all of them count, k = n. An embedding of zeros has similarity 0 to all. w = 1 leaves the ego term
    alone; w = 1/N makes the rewards of all agents equal, as R_i - R_j = (w N - 1) / (N - 1) (r_i - r_j).

    Shapes: queries [..., B, D], banks [..., N, n, D] -> [..., N, B]; leading dimensions, for seeds side by side, are equal.

    Raises:
        ValueError: shapes that don't fit, an empty bank, k < 1, a weight outside [0, 1], an unknown reduction, one agent
            with weight < 1: it has no others for the mutual term; on a CPU also a number that is not finite. Elsewhere nobody
            waits for the answer, and such a number makes all rewards NaN.
    """
    _check(queries, banks, k, weight, reduction)
    given, k = (queries, banks), min(k, banks.shape[-2])
    queries, banks = (F.normalize(each, dim=-1) for each in given)
    # The k-th nearest is finite where less than k embeddings are not, and wrong: partition and topk take NaN for the largest.
    sound = queries.sum() + banks.sum()
    if sound.device.type == "cpu" and not sound.isfinite():
        raise ValueError(_unsound(*given))
    # One agent after the other, in the same memory: its similarities [..., B, n] stay in the cache, all agents' would not.
    similarity = queries.new_empty(*queries.shape[:-1], banks.shape[-2])
    own = [-nearest(torch.matmul(queries, bank.mT, out=similarity), k, reduction) for bank in banks.unbind(-3)]
    novelty = torch.stack(own, -2)
    return mix(novelty if sound.device.type == "cpu" else novelty + 0 * sound, weight)


def nearest(similarity: Tensor, k: int, reduction: str) -> Tensor:
    """Return the k-th largest of the last dimension, or with reduction "mean" the mean of the k largest: [..., n] -> [...].

    On a CPU `similarity`, contiguous, comes out partly sorted.
    """
    if similarity.device.type != "cpu":
        largest = similarity.topk(k, sorted=reduction == "kth").values
        return largest[..., -1] if reduction == "kth" else largest.mean(-1)
    # Six times as fast as torch's topk, kthvalue or sort for 300 embeddings; in place, a copy would cost a quarter more.
    rows, place = similarity.numpy(), similarity.shape[-1] - k
    rows.partition(place)
    return similarity[..., place].clone() if reduction == "kth" else similarity[..., place:].mean(-1)


def mix(own: Tensor, weight: float) -> Tensor:
    """Return eq. 3 of the agents' own novelties r [..., N, B]: w r_i + (1 - w) times the mean of the others' r_j."""
    if weight == 1:
        return own
    others = (own.sum(-2, keepdim=True) - own) / (own.shape[-2] - 1)
    return weight * own + (1 - weight) * others


Reward = Callable[[Tensor, Tensor, int, float, str], Tensor]
"""(queries, banks, k, weight, reduction) -> R_i; see `collaborative_reward`."""


class Novelty:
    """The collaborative reward of replayed transitions, and the encoder it is measured in; `reward` may be another one.

    Banks hold raw states, embedded anew by the present encoder: embeddings of different ages could not be compared.
    """

    def __init__(self, encoder: Encoder, settings: RewardSettings, reward: Reward = collaborative_reward) -> None:
        self.encoder, self.settings, self._reward = encoder, settings, reward

    @property
    def learns(self) -> bool:
        """Whether the encoder does."""
        return self.encoder.learns

    @torch.no_grad()
    def rewards(self, batch: Batch, replay: Visited) -> Tensor:
        """Return R_i + shift of each transition's afterstate for each agent, [G, N, B], not yet scaled by lambda."""
        settings = self.settings
        banks = replay.bank(settings.bank, settings.skip)
        _, agents, count, _ = banks.shape
        readers, size = batch.next_obs.shape[1:3]
        embedded = self.encoder.embed(torch.cat([*batch.next_obs.unbind(1), *banks.unbind(1)], 1))
        queries, keys = embedded.split([readers * size, agents * count], 1)
        # In one bank all agents are one another's neighbours, and all have the same reward.
        keys = keys[:, None] if settings.pooled else keys.unflatten(1, (agents, count))
        found = self._reward(queries, keys, settings.k, 1.0 if settings.pooled else settings.weight, settings.reduction)
        found = found.expand(-1, agents, -1).unflatten(-1, (readers, size))
        # With batches of their own, agent i's reward is needed for its own batch only.
        own = found[:, :, 0] if readers == 1 else found.diagonal(dim1=1, dim2=2).mT
        return own + settings.shift

    def learn(self, batch: Batch, replay: Visited, streams: Streams) -> Tensor:
        """Take the encoder's step with the batch's afterstates as anchors; return the losses [G] (eq. 4)."""
        positives = replay.positives(batch, self.settings.positive_window, streams)
        return self.encoder.learn(batch.next_obs.flatten(1, 2), positives.flatten(1, 2))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the encoder's state."""
        return self.encoder.state_dict()

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        self.encoder.load_state_dict(state)


def _unsound(queries: Tensor, banks: Tensor) -> str:
    """Return which embedding is not finite."""
    if not queries.isfinite().all():
        where = (~queries.isfinite()).any(-1).nonzero()[0, -1]
        return f"query {where} is not finite: look for what made NaN or infinity of an observation or of the encoder's weights"
    agent, where = (~banks.isfinite()).any(-1).nonzero()[0, -2:].tolist()
    return f"embedding {where} in the bank of agent {agent} is not finite: look for an observation that was NaN or infinite"


def _check(queries: Tensor, banks: Tensor, k: int, weight: float, reduction: str) -> None:
    lead, given = banks.shape[:-3], f"got queries {list(queries.shape)} and banks {list(banks.shape)}"
    if banks.ndim < 3 or queries.ndim < 2 or queries.shape[:-2] != lead or queries.shape[-1] != banks.shape[-1]:
        raise ValueError(f"the shapes must be queries [B, D] and banks [N, n, D], {given}")
    agents, count = banks.shape[-3:-1]
    if not agents or not count:
        raise ValueError(f"every bank needs at least one embedding, {given}: collect before rewarding")
    if k < 1:
        raise ValueError(f"k = {k} neighbours can't be found: use k >= 1")
    if not 0 <= weight <= 1:
        raise ValueError(f"weight = {weight} must be in [0, 1]: 1 is ego only, 0 mutual only")
    if agents == 1 and weight < 1:
        raise ValueError(f"one agent has no others for the mutual term of eq. 3, weight = {weight}: set it to 1")
    choose(reduction, REDUCTIONS, "reduction")
