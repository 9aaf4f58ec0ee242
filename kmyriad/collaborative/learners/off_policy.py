"""What learners have in common that learn from any transition of the replay, whoever made it and when."""

from collections.abc import Sequence
from math import floor

from torch import Tensor

from kmyriad.collaborative.batched import clip_per_agent
from kmyriad.collaborative.networks import Networks
from kmyriad.collaborative.replay import Batch, Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.arm import SacSettings


class OffPolicy(Networks):
    """Base of the learners of G * N agents; agent n of group g has the networks g * N + n. See `Learner`."""

    groups: int
    agents: int
    settings: SacSettings

    def draw(self, replay: Replay, streams: Streams) -> Batch:
        """Return the transitions of an update: one batch of everybody's data, or each agent's of its own."""
        settings = self.settings
        return replay.sample(settings.batch, settings.shared, streams, settings.stratified)

    def updates_due(self, done: int, per_step: float) -> int:
        """Return `per_step` updates for each step of one of the agents, in whole numbers that add up; see `Learner`."""
        return floor((done + self.agents) * per_step) - floor(done * per_step)

    def _clip(self, name: str, gradients: Sequence[Tensor], limit: float) -> None:
        clip_per_agent(gradients, self.groups * self.agents, limit)

    def _per_agent(self, shared: Tensor) -> Tensor:
        """Return [GN, B, .] of [G, 1 or N, B, .]."""
        return shared.expand(-1, self.agents, -1, -1).flatten(0, 1)
