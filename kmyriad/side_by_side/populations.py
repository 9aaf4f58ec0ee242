"""The methods: N agents that learn through their own system's code, a segment of the budget at a time."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Tensor

from kmyriad.collaborative import CollaborativeTraining
from kmyriad.collaborative.intrinsic.diayn import SkilledPool
from kmyriad.collaborative.tasks.pool import Pool
from kmyriad.envs.vec_env import VecEnv
from kmyriad.policies import MultiHeadPolicy
from kmyriad.pretrain import Pretraining
from kmyriad.settings.collaborative.arm import CollaborativeSettings
from kmyriad.settings.side_by_side import METHODS, SideTrainJob
from kmyriad.side_by_side.measures import measure, seen_by
from kmyriad.side_by_side.pool import EnvironmentPool
from kmyriad.side_by_side.team import Team, team_of_actors, team_of_heads, team_of_skills


@dataclass(frozen=True)
class Segment:
    """One row of the metrics: epoch counts segments from 0, totals at their end; entropy in nats, distance in metres."""

    epoch: int
    env_steps: int
    entropy: float
    distance: float
    frozen_envs: int
    seconds_training: float
    seconds_measuring: float


class Population:
    """N agents; a subclass says how they learn. An epoch is a segment, the `points`-th part of the budget.

    env: as many copies as a measurement has trajectories.
    """

    def __init__(self, job: SideTrainJob, env: VecEnv) -> None:
        self.job, self.env, self.next_epoch = job, env, 0
        self.xy = [env.feature_names.index(name) for name in job.task.environment.features]

    def run_epoch(self) -> Segment:
        """Let the agents learn for a segment, measure what they do together, and return the row."""
        started = perf_counter()
        self.learn()
        learned = perf_counter()
        self.next_epoch += 1
        job, team = self.job, self.team()
        trajectory = seen_by(self.env, team, job.task.horizon, job.seed, self.next_epoch)
        found = measure(trajectory, job.agents, self.xy, job.k, job.trajectories, job.task.cell)
        return Segment(
            epoch=self.next_epoch - 1,
            env_steps=self.env_steps,
            entropy=found.entropy,
            distance=found.distance,
            frozen_envs=found.frozen,
            seconds_training=learned - started,
            seconds_measuring=perf_counter() - learned,
        )

    @property
    def env_steps(self) -> int:
        """Environment steps so far, of all agents together; measurements do not count."""
        return self.next_epoch * self.job.task.env_steps // self.job.points

    @abstractmethod
    def learn(self) -> None:
        """Learn for one segment."""

    @abstractmethod
    def team(self) -> Team:
        """Return the agents as they are."""

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next segment depends on."""
        return {"segment": torch.tensor(self.next_epoch)}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        self.next_epoch = int(state["segment"])


class Untrained(Population):
    """Random policies of the shape of the on-policy ones: a segment tries a noise, and the best so far counts."""

    def __init__(self, job: SideTrainJob, env: VecEnv) -> None:
        super().__init__(job, env)
        self.best, self.highest = job.noises[0], -torch.inf

    @property
    def env_steps(self) -> int:
        """No step is learned from; trying all noises takes a measurement each."""
        return 0

    def learn(self) -> None:
        """Try the next noise, if there is one left."""
        for noise in self.job.noises[self.next_epoch : self.next_epoch + 1]:
            trajectory = seen_by(self.env, self._of(noise), self.job.task.horizon, self.job.seed, 0)
            job = self.job
            entropy = measure(trajectory, job.agents, self.xy, job.k, job.trajectories, job.task.cell).entropy
            if entropy > self.highest:
                self.best, self.highest = noise, entropy

    def team(self) -> Team:
        """Return the team of the best noise so far."""
        return self._of(self.best)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the best noise so far and its entropy."""
        return {**super().state_dict(), "best": torch.tensor([self.best, self.highest], dtype=torch.float64)}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        super().load_state_dict(state)
        self.best, self.highest = state["best"].tolist()

    def _of(self, noise: float) -> Team:
        shape, env, job = self.job.pretrain, self.env, self.job
        policy = MultiHeadPolicy(
            env.obs_dim, env.action_dim, job.agents, shape.trunk, shape.adapter, shape.log_std_range, seed=job.seed
        )
        policy.set_std(noise)
        return team_of_heads(policy, job.agents)


class OnPolicy(Population):
    """Heads of one network that learn from trajectories of their own (`kmyriad.pretrain`)."""

    def __init__(self, job: SideTrainJob, env: VecEnv, learning: VecEnv) -> None:
        super().__init__(job, env)
        heads = 1 if METHODS[job.method].alone else job.agents
        self.training = Pretraining(learning, job.pretrain, heads, list(job.task.environment.features), job.seed)

    def learn(self) -> None:
        """Run the segment's epochs."""
        for _ in range(self.job.pretrain.epochs // self.job.points):
            self.training.run_epoch()

    def team(self) -> Team:
        """Return the heads."""
        return team_of_heads(self.training.policy, self.job.agents)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the training's state and the number of the segment."""
        return {**super().state_dict(), **self.training.state_dict()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        super().load_state_dict(state)
        self.training.load_state_dict(state)


class OffPolicy(Population):
    """Soft actor-critics that learn from an intrinsic reward alone (`kmyriad.collaborative`)."""

    def __init__(self, job: SideTrainJob, settings: CollaborativeSettings, env: VecEnv, learning: VecEnv, trying: VecEnv) -> None:
        super().__init__(job, env)
        self.settings = of_features(settings, self.xy)
        envs = iter((learning, trying))

        def pool_of(copies: int) -> Pool:
            pool = EnvironmentPool(next(envs), job.task.horizon)
            return SkilledPool(pool, self.settings.diayn.skills) if self.settings.reward.kind == "diayn" else pool

        self.training = CollaborativeTraining(job.task.environment.name, self.settings, [job.seed], pool_of)

    def learn(self) -> None:
        """Run the segment's block."""
        self.training.run_epoch()

    def team(self) -> Team:
        """Return the actors, or DIAYN's skills."""
        actor = {name: value for name, value in self.training.learner.state_dict().items() if name.startswith("actor.")}
        weights, biases = ([actor[f"actor.{kind}.{layer}"] for layer in range(3)] for kind in ("weights", "biases"))
        if self.settings.reward.kind == "diayn":
            return team_of_skills(weights, biases, self.settings.sac, self.settings.diayn.skills)
        return team_of_actors(weights, biases, self.settings.sac)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the training's state and the number of the segment."""
        return {**super().state_dict(), **self.training.state_dict()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned."""
        super().load_state_dict(state)
        self.training.load_state_dict(state)


def of_features(settings: CollaborativeSettings, xy: list[int]) -> CollaborativeSettings:
    """Return `settings` with distances of the features that count, by their indices, in place of all features."""
    reward = settings.reward
    if reward.kind != "log-distance" or reward.features:
        return settings
    return settings.model_copy(update={"reward": reward.model_copy(update={"features": tuple(xy)})})


def make_population(job: SideTrainJob, make_env: Callable[[int], VecEnv]) -> Population:
    """Return the agents of `job`, untrained; `make_env` makes so many copies of its environment.

    Raises:
        ValueError: settings that do not fit the method or the environment.
    """
    kind, env = METHODS[job.method].kind, make_env(job.trajectories)
    if kind == "untrained":
        return Untrained(job, env)
    if kind == "on-policy":
        return OnPolicy(job, env, make_env(job.pretrain.envs))
    if job.collaborative is None:
        raise ValueError(f"{job.method} learns off-policy: the job has no settings `collaborative`")
    episodes = job.collaborative.evaluation.episodes
    return OffPolicy(job, job.collaborative, env, make_env(job.collaborative.agents), make_env(episodes))
