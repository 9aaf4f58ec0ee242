"""How good a set of agents is: episodes without noise, with one of five ways to say who acts (Section 4.2)."""

from collections.abc import Sequence
from statistics import mean

import torch
from torch import Tensor

from kmyriad.collaborative.classifier import QClassifier
from kmyriad.collaborative.collect import choose_by_softmax
from kmyriad.collaborative.learners.learner import Learner
from kmyriad.collaborative.streams import Streams, evaluation_seed
from kmyriad.collaborative.tasks.pool import Pool, PoolOf
from kmyriad.settings.collaborative.acting import EvaluationSettings
from kmyriad.settings.collaborative.arm import CollaborativeSettings


class Evaluator:
    """Plays E episodes of each seed's agents side by side; actions are those of `Learner.perform`.

    first: agent 0 acts. set_mean: every agent acts in its own `episodes`, E = N * episodes. mean_action: the mean of all
    agents' actions (SUNRISE). softmax: at every step agent i acts with probability softmax_i(min Q^i(s, pi^i(s))). q_classifier:
    argmax_i Q_e(s, i) acts for `classifier_horizon` steps.

    Args:
        pool: G * E copies of the task, see `episodes_of`.
        seeds: of the runs.
    """

    def __init__(
        self, pool: Pool, settings: EvaluationSettings, seeds: Sequence[int], streams: Streams, classifier: QClassifier | None
    ) -> None:
        self._pool, self._settings, self._seeds, self._streams, self._classifier = pool, settings, seeds, streams, classifier
        self.how = settings.how
        self._shape = (len(seeds), pool.num_envs // len(seeds))

    @torch.no_grad()
    def returns(self, learner: Learner, number: int) -> Tensor:
        """Return the undiscounted task returns [G, E] of evaluation `number`; each has episodes of its own."""
        obs = self._pool.reset(lambda place, episode: self._seed_of(number, place, episode))
        total, alive = torch.zeros(self._shape), torch.ones(self._shape, dtype=torch.bool)
        actors = torch.zeros(self._shape, dtype=torch.int64)
        for time in range(self._pool.horizon):
            seen = obs.view(*self._shape, -1)
            # Everybody's action at every observation; one batched product is cheaper than sorting out who needs which.
            everywhere = seen[:, None].expand(-1, learner.agents, -1, -1)
            actions = learner.perform(everywhere, self._streams)
            if self._settings.how == "mean_action":
                chosen = actions.mean(1)
            else:
                actors = self._actors(learner, everywhere, actions, time, actors)
                chosen = actions.take_along_dim(actors[:, None, :, None], 1)[:, 0]
            step = self._pool.step(chosen.flatten(0, 1))
            total += step.reward.view(self._shape) * alive
            alive &= ~step.ended.view(self._shape)
            obs = step.obs
            if not alive.any():
                break
        return total

    def _actors(self, learner: Learner, obs: Tensor, actions: Tensor, time: int, before: Tensor) -> Tensor:
        """Return who acts in each episode, [G, E], for obs and actions [G, N, E, .]; `before` is who acted last."""
        how, settings = self._settings.how, self._settings
        if how == "set_mean":
            return (torch.arange(self._shape[1]) % learner.agents).expand(self._shape)
        if how == "softmax":
            values = learner.q_values(obs, actions).amin(2).mT
            return choose_by_softmax(values * settings.inverse_temperature, self._streams.uniform("evaluate", self._shape[1]))
        if self._classifier is not None and time % settings.classifier_horizon == 0:
            return self._classifier.values(obs[:, 0]).argmax(-1)
        return before

    def _seed_of(self, number: int, place: int, episode: int) -> int:
        group, index = divmod(place, self._shape[1])
        return evaluation_seed(self._seeds[group], number, index, episode)


def make_evaluators(
    settings: CollaborativeSettings, pool_of: PoolOf, seeds: Sequence[int], streams: Streams, classifier: QClassifier | None
) -> list[Evaluator]:
    """Return an evaluator for each of the settings' ways, the main one first."""
    ways = [settings.evaluation.model_copy(update={"how": how}) for how in settings.evaluation.ways]
    pools = [pool_of(len(seeds) * episodes_of(way, settings.agents)) for way in ways]
    return [Evaluator(pool, way, seeds, streams, classifier) for pool, way in zip(pools, ways, strict=True)]


def episodes_of(settings: EvaluationSettings, agents: int) -> int:
    """Return E, the episodes of an evaluation of one seed."""
    return settings.episodes * (agents if settings.how == "set_mean" else 1)


def by_way(how: str, returns: Tensor, agents: int) -> dict[str, Tensor]:
    """Return the means [G] of an evaluation's returns [G, E] by the name of their column, agent by agent where each plays.

    evaluation_<how>, and where `how` is set_mean evaluation_agent0, evaluation_agent1 and so on.
    """
    found = {f"evaluation_{how}": returns.mean(1)}
    if how == "set_mean":
        own = returns.unflatten(1, (-1, agents)).mean(1)
        found |= {f"evaluation_agent{agent}": own[:, agent] for agent in range(agents)}
    return found


def score(evaluations: Sequence[float], last: int = 10) -> float:
    """Return a seed's score: the mean of its last `last` evaluations (Appendix D.1).

    Raises:
        ValueError: there are fewer.
    """
    if len(evaluations) < last:
        raise ValueError(f"the score is the mean of the last {last} evaluations, there are {len(evaluations)}: train longer")
    return mean(evaluations[-last:])
