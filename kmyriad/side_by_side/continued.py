"""A soft actor-critic that goes on from one agent of a team, with the reward of a task."""

from dataclasses import dataclass

from torch import Tensor

from kmyriad.collaborative import CollaborativeTraining
from kmyriad.envs.vec_env import VecEnv
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings.collaborative.arm import CollaborativeSettings
from kmyriad.side_by_side.pool import EnvironmentPool
from kmyriad.side_by_side.team import actor_of


@dataclass(frozen=True)
class Episodes:
    """One row of the metrics: what came out of the episodes of a block, in which the agent acts with its noise.

    success: share of them with any reward above 0; mean_return: their undiscounted rewards, summed over the episode, on average.
    """

    epoch: int
    env_steps: int
    success: float
    mean_return: float
    critic_loss: float
    entropy: float
    temperature: float
    frozen_envs: int
    seconds_training: float
    seconds_evaluation: float


class Continued:
    """One soft actor-critic on a task, whole episodes an epoch; see `kmyriad.jobs.resumable.Loop`.

    Its actor begins as `policy`, which also collects the seed steps; its critics, temperature and replay are new, as they are
    when DIAYN goes on to a task. None: a new actor, and random seed steps.

    env, trying: environments with the task's reward, one copy for learning and one for the mean action's return.
    """

    def __init__(
        self,
        env: VecEnv,
        trying: VecEnv,
        settings: CollaborativeSettings,
        horizon: int,
        seed: int,
        policy: MultiHeadPolicy | None,
    ) -> None:
        self._pool = EnvironmentPool(env, horizon)
        pools = iter((self._pool, EnvironmentPool(trying, horizon)))
        actor = None if policy is None else actor_of(policy)
        self.training = CollaborativeTraining("a goal", settings, [seed], lambda copies: next(pools), actor)
        self._episodes = settings.block // horizon

    @property
    def next_epoch(self) -> int:
        """The number of the next row, from 0."""
        return self.training.next_epoch

    def run_epoch(self) -> Episodes:
        """Run one block and return its row.

        Raises:
            RuntimeError: actions or losses are no longer finite.
        """
        before, frozen = self._pool.successes, self._pool.frozen
        block = self.training.run_epoch()
        (own,) = block.seeds
        return Episodes(
            epoch=block.epoch,
            env_steps=block.env_steps,
            success=(self._pool.successes - before) / self._episodes,
            mean_return=own.task_return,
            critic_loss=own.critic_loss,
            entropy=own.entropy,
            temperature=own.temperature,
            frozen_envs=self._pool.frozen - frozen,
            seconds_training=block.seconds_training,
            seconds_evaluation=block.seconds_evaluation,
        )

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next row depends on."""
        return self.training.state_dict()

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        self.training.load_state_dict(state)
