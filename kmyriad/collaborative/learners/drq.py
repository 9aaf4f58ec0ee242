"""DrQ (Yarats et al., 2021): soft actor-critics that see pictures, each moved by a few random pixels."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kmyriad.collaborative.batched import BatchedMLP, follow
from kmyriad.collaborative.learners.learner import Team
from kmyriad.collaborative.learners.sac import TWINS, Sac
from kmyriad.collaborative.learners.sunrise import Sunrise
from kmyriad.collaborative.pictures import Convolutions, as_input, features_of, shifted
from kmyriad.collaborative.replay import Batch, Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Picture
from kmyriad.settings.collaborative.baselines import SunriseSettings
from kmyriad.settings.collaborative.drq import DrqSettings


class Latent(nn.Module):
    """M layers x -> tanh(s * (y - mean y) / sqrt(var y + 1e-6) + b), y = W x + c: a linear layer, layer norm and tanh."""

    def __init__(
        self, features: int, latent: int, generators: Sequence[torch.Generator], agents: int, dtype: torch.dtype
    ) -> None:
        super().__init__()
        self.linear = BatchedMLP((features, latent), generators, agents, dtype)
        shape = len(generators) * agents, 1, latent
        self.scale, self.bias = nn.Parameter(torch.ones(shape, dtype=dtype)), nn.Parameter(torch.zeros(shape, dtype=dtype))

    def forward(self, features: Tensor) -> Tensor:
        """Return the latents [M, B, L] of features [M, B, F]."""
        y = self.linear(features)
        return torch.tanh(F.layer_norm(y, y.shape[-1:], eps=1e-6) * self.scale + self.bias)


class PictureActor(nn.Module):
    """A latent and an MLP for each agent, on the features of its critic's convolutions."""

    def __init__(self, latent: Latent, rest: BatchedMLP) -> None:
        super().__init__()
        self.latent, self.rest = latent, rest

    def forward(self, features: Tensor) -> Tensor:
        """Return the outputs [M, B, 2 A] for features [M, B, F]."""
        out: Tensor = self.rest(self.latent(features))
        return out


class PictureCritic(nn.Module):
    """Convolutions and a latent for each agent, and on them, with the action, its twins."""

    def __init__(self, encoder: Convolutions, latent: Latent, twins: BatchedMLP) -> None:
        super().__init__()
        self.encoder, self.latent, self.twins = encoder, latent, twins

    def forward(self, features: Tensor, action: Tensor) -> Tensor:
        """Return both values [M, 2, B] of features [M, B, F], as `encoder` makes them, and actions [M, B, A]."""
        pairs = torch.cat([self.latent(features), action], -1)
        values: Tensor = self.twins(pairs[:, None].expand(-1, TWINS, -1, -1).flatten(0, 1))
        return values.view(len(pairs), TWINS, -1)


class Drq(Sac):
    """`Sac` on pictures, as in the public jaxrl2.

    The critic's convolutions are the actor's too, which no policy gradient changes. States and afterstates of a batch are
    moved at random (`shifted`), alike for all agents that share it. The target is made of the twins' mean, and the actor's
    step is by the critic from before the critic's.

    Args:
        picture: what an observation is.
        team: its `obs_dim` is that of a picture.
    """

    critic: PictureCritic
    target: PictureCritic

    def __init__(self, picture: Picture, team: Team, drq: DrqSettings) -> None:
        self.picture, self.drq = picture, drq
        super().__init__(*team)

    def policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation of u, action = tanh(u): obs [G, N, B, d] -> each [G, N, B, A]."""
        return super().policies(self._features(obs))

    def q_values(self, obs: Tensor, action: Tensor) -> Tensor:
        """Return every agent's two Q^i(s, a): obs [G, N, B, d], action [G, N, B, A] -> [G, N, 2, B]."""
        return super().q_values(self._features(obs), action)

    def draw(self, replay: Replay, streams: Streams) -> Batch:
        """Return the transitions of an update, and by how much its pictures are moved."""
        batch, padding = super().draw(replay, streams), self.drq.padding
        return batch._replace(offset=streams.integers("shift", 2 * padding + 1, *batch.step.shape[1:], 2, 2))

    def _networks(self, obs_dim: int, generators: Sequence[torch.Generator]) -> tuple[PictureActor, PictureCritic, PictureCritic]:
        settings, latent, features = self.settings, self.drq.latent, features_of(self.picture, self.drq.convolutions)
        shared = (generators, self.agents, self.dtype)
        widths = (latent, *settings.actor, 2 * self.action_dim), (latent + self.action_dim, *settings.critic, 1)
        actor = PictureActor(Latent(features, latent, *shared), self._mlp(widths[0], generators, 1))
        critic, target = (
            PictureCritic(
                Convolutions(self.picture, self.drq.convolutions, *shared, channels_last=True),
                Latent(features, latent, *shared),
                self._mlp(widths[1], generators, TWINS),
            )
            for _ in range(2)
        )
        return actor, critic, target

    def _mlp(self, widths: Sequence[int], generators: Sequence[torch.Generator], count: int) -> BatchedMLP:
        return BatchedMLP(widths, generators, count * self.agents, self.dtype)

    def _observed(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the moved pictures, [G, B, d] where agents share a batch, else [GN, B, d]."""
        pair = (as_input(each, self.picture, self.dtype) for each in (batch.obs, batch.next_obs))
        if batch.offset.numel():
            pair = (shifted(each, self.picture, batch.offset[..., side, :], self.drq.padding) for side, each in enumerate(pair))
        obs, next_obs = (each.flatten(0, 1) for each in pair)
        return obs, next_obs

    @torch.no_grad()
    def _next_values(self, next_obs: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        action, cost = self._drawn(self.critic.encoder(next_obs), noise)
        return self.target(self.target.encoder(next_obs), action), cost

    def _pessimistic(self, values: Tensor) -> Tensor:
        return values.mean(1) if self.drq.target_reduction == "mean" else values.amin(1)

    def _descend(
        self, obs: Tensor, action: Tensor, aim: Tensor, noise: Tensor, weights: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        features = self.critic.encoder(obs)
        # Before the critic's step: so the features need be computed once, and the actor's critic is the old one.
        actor, surprise = self._update_actor(features.detach(), noise, weights)
        critic = self._update_critic(features, action, aim, weights)
        follow(self.target, self.critic, self.settings.tau)
        return critic, actor, surprise

    def _gradients(self, name: str, losses: Tensor) -> tuple[Tensor, ...]:
        # Those of kernels have their channels innermost, and could not be seen as one row an agent.
        return tuple(each.contiguous() for each in super()._gradients(name, losses))

    def _q_values(self, critic: nn.Module, obs: Tensor, action: Tensor) -> Tensor:
        """Return [GN, 2, B] of features [GN, B, F]."""
        values: Tensor = critic(obs, action)
        return values

    def _features(self, obs: Tensor) -> Tensor:
        """Return the features [G, N, B, F] of observations [G, N, B, d], bytes or values as networks read them."""
        features: Tensor = self.critic.encoder(as_input(obs, self.picture, self.dtype).flatten(0, 1))
        return features.unflatten(0, (self.groups, -1))


class SunriseDrq(Sunrise, Drq):
    """`Drq` with SUNRISE's losses."""

    def __init__(self, picture: Picture, team: Team, drq: DrqSettings, sunrise: SunriseSettings) -> None:
        Drq.__init__(self, picture, team, drq)
        self._draw_keys(team, sunrise)
