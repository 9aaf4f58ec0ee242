"""What agents that learn are made of, and what the loop asks of them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from kmyriad.collaborative.replay import Batch, Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.arm import SacSettings


class Team(NamedTuple):
    """What a learner is made of, whichever it is; one with settings of its own takes these beside it."""

    obs_dim: int
    action_dim: int
    agents: int
    """N."""
    settings: SacSettings
    """Widths, discount and step sizes, in baselines too."""
    generators: Sequence[torch.Generator]
    """One a group, G, for its initial weights."""
    dtype: torch.dtype = torch.float32
    """Of all networks; float64 is for tests."""


class Losses(NamedTuple):
    """What an update measured for each agent, all [G, N], before its steps."""

    critic: Tensor
    """Mean squared error over the batch and the twins."""
    actor: Tensor
    entropy: Tensor
    """-E log pi in nats."""
    temperature: Tensor
    """alpha; NaN where there is none."""


class Learner(Protocol):
    """N agents of each of G seeds; see `Sac` and, where actions are choices, `Dqn`."""

    groups: int
    agents: int
    action_dim: int
    dtype: torch.dtype

    def policies(self, obs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation of u, action = bounded(u): obs [G, N, B, d] -> each [G, N, B, A]."""

    def bounded(self, u: Tensor) -> Tensor:
        """Return the actions, in [-1, 1], of what the policies draw: tanh(u), or u clipped."""

    def q_values(self, obs: Tensor, action: Tensor) -> Tensor:
        """Return every agent's two Q^i(s, a): obs [G, N, B, d], action [G, N, B, A] -> [G, N, 2, B]."""

    def random(self, streams: Streams) -> Tensor:
        """Return actions [G, N, A], all as likely as each other. Random numbers are those of "explore"."""

    def explore(self, obs: Tensor, streams: Streams) -> Tensor:
        """Return actions [G, N, A] to collect data with, for each agent's observation [G, N, d]."""

    def perform(self, obs: Tensor, streams: Streams) -> Tensor:
        """Return each agent's actions [G, N, E, A] in evaluation, obs [G, N, E, d]. Random numbers are those of "evaluate"."""

    def draw(self, replay: Replay, streams: Streams) -> Batch:
        """Return the transitions of an update."""

    def updates_due(self, done: int, per_step: float) -> int:
        """Return how many updates follow a vector step that began with `done` steps of all agents of a seed together.

        per_step: updates of all agents a step of one that the settings ask for.
        """

    def update(self, batch: Batch, reward: Tensor, noise: Tensor) -> Losses:
        """Take one step of every agent with rewards [G, N, B] and standard normal noise [2, G, N, B', A]."""

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next step depends on."""

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
