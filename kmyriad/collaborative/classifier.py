"""Q_e(s, i): what agent i would collect from state s on, to choose who acts in evaluation (Section 4.2)."""

import torch
from torch import Tensor

from kmyriad.collaborative.batched import BatchedMLP
from kmyriad.collaborative.networks import Networks
from kmyriad.collaborative.replay import Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.acting import EvaluationSettings
from kmyriad.settings.collaborative.arm import CollaborativeSettings, SacSettings


class QClassifier(Networks):
    """A network per seed with an output for each agent, regressed on returns of recent data; see `targets`.

    Only the output of the agent that acted is compared with the return that followed.
    """

    def __init__(self, obs_dim: int, agents: int, settings: EvaluationSettings, sac: SacSettings, streams: Streams) -> None:
        super().__init__(sac.learning_rate)
        self.settings, self._batch, self._streams = settings, sac.batch, streams
        self._network = BatchedMLP((obs_dim, *settings.classifier, agents), streams.of("classifier"), 1)
        self._learn(network=self._network)

    @torch.no_grad()
    def values(self, obs: Tensor) -> Tensor:
        """Return Q_e(s, i) [G, E, N] for obs [G, E, d]."""
        return self._network(obs)

    def fit(self, replay: Replay) -> Tensor:
        """Take `classifier_updates` Adam steps on the most recent data; return the last losses [G], mean squared errors."""
        window = min(replay.held, -(-self.settings.classifier_window // replay.agents))
        losses = torch.zeros(replay.groups)
        for _ in range(self.settings.classifier_updates):
            drawn = self._streams.integers("evaluate", window * replay.agents, self._batch)
            agent, step = drawn // window, replay.steps - window + drawn % window
            obs, target = targets(replay, agent, step, self.settings.classifier_horizon)
            predicted = self._network(obs).gather(-1, agent[..., None])[..., 0]
            losses = (predicted - target).square().mean(-1)
            self._step("network", losses)
        return losses.detach()


def make_classifier(obs_dim: int, settings: CollaborativeSettings, streams: Streams) -> QClassifier | None:
    """Return the one that the settings' evaluations need, None where no way asks it."""
    if "q_classifier" not in settings.evaluation.ways:
        return None
    return QClassifier(obs_dim, settings.agents, settings.evaluation, settings.sac, streams)


def targets(replay: Replay, agent: Tensor, step: Tensor, horizon: int) -> tuple[Tensor, Tensor]:
    """Return states [G, B, d] and the sums [G, B] of the task's next `horizon` rewards, undiscounted.

    The sums stop where the episode does, and with what has been collected: the last `horizon` steps' are too small.
    """
    later = step[..., None] + torch.arange(horizon)
    agents = agent[..., None].expand_as(later)
    same = replay.read("begin", agents, later) == replay.read("begin", agent, step)[..., None]
    rewards = replay.read("reward", agents, later)
    return replay.read("obs", agent, step), torch.where(same & (later < replay.steps), rewards, 0).sum(-1)
