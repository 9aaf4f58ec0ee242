"""Encoders e(s) in whose space states are compared, and the contrastive loss that trains them (eq. 4)."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from kmyriad.collaborative.networks import Networks
from kmyriad.collaborative.pictures import make_network
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Space
from kmyriad.settings.collaborative.arm import CollaborativeSettings


def info_nce(anchors: Tensor, positives: Tensor, temperature: float) -> Tensor:
    """Return InfoNCE, -mean_i log(exp(f_ii / tau) / sum_k exp(f_ik / tau)), in nats (eq. 4 of Collaborative Exploration).

    f_ik is the cosine similarity of anchor i and positive k; the other anchors' positives are i's negatives. As in InfoNCE
    (van den Oord et al., 2018) the sum includes the positive itself, so the loss is at least 0, and log B where all
    embeddings are equal.

    Shapes: anchors and positives [..., B, D] -> [...].

    Raises:
        ValueError: the shapes differ, or temperature <= 0.
    """
    if anchors.shape != positives.shape or anchors.ndim < 2:
        raise ValueError(f"anchors and positives must both be [B, D], got {list(anchors.shape)} and {list(positives.shape)}")
    if not temperature > 0:
        raise ValueError(f"temperature = {temperature} must be above 0")
    return _InfoNCE.apply(torch.stack([anchors, positives], -3), temperature)


class _InfoNCE(torch.autograd.Function):
    """`info_nce` of pairs [..., 2, B, D] with its gradient by hand, which takes half the time of autograd's."""

    @staticmethod
    def forward(ctx: Any, pairs: Tensor, temperature: float) -> Tensor:
        norms = torch.linalg.vector_norm(pairs, dim=-1, keepdim=True).clamp_(min=1e-12)
        units = pairs / norms
        anchors, positives = units.unbind(-3)
        log_share = torch.matmul(anchors / temperature, positives.mT).log_softmax(-1)
        losses = -log_share.diagonal(dim1=-2, dim2=-1).mean(-1)
        # d loss / d f = (share - identity) / (B tau), in place: memory of this size is slow to come by.
        slope = log_share.exp_()
        slope.diagonal(dim1=-2, dim2=-1).sub_(1)
        ctx.save_for_backward(units, norms, slope)
        ctx.temperature = temperature
        return losses

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, None]:
        units, norms, slope = ctx.saved_tensors
        anchors, positives = units.unbind(-3)
        slope = slope * (outer / (slope.shape[-1] * ctx.temperature))[..., None, None]
        moved = torch.stack([slope @ positives, slope.mT @ anchors], -3)
        # Only what is orthogonal to a unit vector moves it.
        return (moved - units * (units * moved).sum(-1, keepdim=True)) / norms, None


class Encoder:
    """The observation itself; each subclass is another embedding. States are [G, rows, d], a group (seed) has its own encoder."""

    learns = False

    def embed(self, states: Tensor) -> Tensor:
        """Return the embeddings [G, rows, D]."""
        return states

    def learn(self, anchors: Tensor, positives: Tensor) -> Tensor:
        """Take a step on states [G, rows, d] and return the losses [G].

        Raises:
            NotImplementedError: this encoder does not learn; `learns` says so.
        """
        raise NotImplementedError(f"{type(self).__name__} does not learn")

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next step depends on."""
        return {}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""


class RandomEncoder(Networks, Encoder):
    """A network that keeps its initial weights (RE3, Seo et al., 2021); in games it begins with the convolutions of `dqn`."""

    def __init__(self, space: Space, settings: CollaborativeSettings, streams: Streams) -> None:
        super().__init__(settings.reward.learning_rate)
        widths, convolutions = settings.reward.encoder_widths, settings.dqn.convolutions
        self._network = make_network(space, convolutions, widths, streams.of("encoder"), 1)
        self._learn(network=self._network)

    def embed(self, states: Tensor) -> Tensor:
        """Return the embeddings [G, rows, D]."""
        return self._network(states)


class ContrastiveEncoder(RandomEncoder):
    """A network that learns by InfoNCE that states a few steps apart are alike (Section 4.1)."""

    learns = True

    def __init__(self, space: Space, settings: CollaborativeSettings, streams: Streams) -> None:
        super().__init__(space, settings, streams)
        self._temperature = settings.reward.temperature

    def learn(self, anchors: Tensor, positives: Tensor) -> Tensor:
        """Take one Adam step on eq. 4; return the losses [G] before it."""
        both = self._network(torch.cat([anchors, positives], 1))
        losses = _InfoNCE.apply(both.unflatten(1, (2, -1)), self._temperature)
        self._step("network", losses)
        return losses.detach()


def make_encoder(space: Space, settings: CollaborativeSettings, streams: Streams) -> Encoder:
    """Return the encoder that the settings name."""
    if settings.reward.encoder == "identity":
        return Encoder()
    return {"contrastive": ContrastiveEncoder, "random": RandomEncoder}[settings.reward.encoder](space, settings, streams)
