"""The K-Myriad loop (Algorithm 1): collect, estimate the entropy, credit each action, update all heads together."""

from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

import torch

from kmyriad.envs.vec_env import VecEnv
from kmyriad.policies import MultiHeadPolicy
from kmyriad.pretrain.gradient import GradientUpdate
from kmyriad.pretrain.growth import first_policy, grown
from kmyriad.pretrain.objectives import ByHead, load_objective
from kmyriad.pretrain.trust_region import TrustRegionUpdate
from kmyriad.rollout import EpochRollouts, Purpose, Trajectory, run_epochs, sound_environments
from kmyriad.settings import PretrainSettings


@dataclass(frozen=True)
class Epoch:
    """One row of the metrics: epochs count from 0, entropy in nats, mean_std that of u, times in seconds.

    The update trust-region also reports, of its last pass: kl from the policy that acted, the mean and the largest head's, in
    nats; the share of samples whose ratio left the clipping range; and explained_variance, that of the returns by the value
    network as the rollout met it, and the number of passes.
    """

    epoch: int
    env_steps: int
    entropy: float
    mean_std: float
    grad_norm: float
    learning_rate: float
    frozen_envs: int
    seconds_rollout: float
    seconds_neighbours: float
    seconds_update: float
    heads: int
    kl: float | None = None
    kl_max: float | None = None
    clip_fraction: float | None = None
    explained_variance: float | None = None
    passes: int = 1


class Update(Protocol):
    """How a batch changes the policy; `state_dict` has all that the next step depends on, but for the statistics."""

    def step(self, trajectory: Trajectory, factor: torch.Tensor, rate: float, generator: torch.Generator) -> dict[str, Any]:
        """Change the policy and return mean_std, grad_norm and what else of `Epoch` is known."""

    def grown(self, policy: MultiHeadPolicy, settings: PretrainSettings, seed: int) -> "Update":
        """Return the update that goes on with `policy`, which has more heads."""

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return weights and moments."""

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from what `state_dict` returned."""


UPDATES: dict[str, type[GradientUpdate] | type[TrustRegionUpdate]] = {
    "gradient": GradientUpdate,
    "trust-region": TrustRegionUpdate,
}


class Pretraining:
    """`heads` heads trained in `env` for the objective of `settings`; state between two epochs is `state_dict`.

    Every epoch draws its random numbers from (seed, epoch) alone, so a run that is resumed at any epoch goes on with the
    same bytes (at the same number of torch threads).
    """

    def __init__(self, env: VecEnv, settings: PretrainSettings, heads: int, features: list[str], seed: int) -> None:
        self.env, self.settings, self.heads, self.seed, self.next_epoch = env, settings, heads, seed, 0
        self.features = [env.feature_names.index(name) for name in features]
        self.objective = load_objective(settings.objective)
        self.policy = first_policy(env, settings, settings.heads_at(heads, 0), seed)
        self.update: Update = UPDATES[settings.update](self.policy, settings, seed)
        self.rollouts = EpochRollouts(env, settings.horizon, Purpose.PRETRAIN, seed, settings.on_failure)

    def run(self, progress: bool = True) -> list[Epoch]:
        """Run what is left of the settings' epochs and return their metrics; `progress` shows a bar on stderr.

        Raises:
            TrainingFailure: as `run_epoch`.
        """
        return run_epochs(self, self.settings.epochs, "pretraining", lambda row: f"entropy {row.entropy:.2f} nats", progress)

    def run_epoch(self) -> Epoch:
        """Collect one parallel trajectory, update the policy, and return the epoch's metrics.

        Raises:
            TrainingFailure: the simulation of every environment failed, or of one if `on_failure` is "stop"; a loss or its
                gradient is not finite.
        """
        epoch, started = self.next_epoch, perf_counter()
        self._grow(self.settings.heads_at(self.heads, epoch))
        order, trajectory = self.rollouts.collect(self.policy, epoch), self.rollouts.trajectory
        collected = perf_counter()
        value, factor = self._credit(trajectory)
        credited = perf_counter()
        rate = self.settings.rate(self.policy.num_heads, epoch)
        facts = self._learn(trajectory, factor, rate, order)
        self.next_epoch += 1
        return Epoch(
            epoch=epoch,
            env_steps=self.next_epoch * trajectory.u.shape[0] * trajectory.u.shape[1],
            entropy=float(value),
            learning_rate=rate,
            frozen_envs=int(trajectory.frozen.sum()),
            seconds_rollout=collected - started,
            seconds_neighbours=credited - collected,
            seconds_update=perf_counter() - credited,
            heads=self.policy.num_heads,
            **facts,
        )

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return all that the next epoch depends on: its number, the networks, Adam's moments, the statistics."""
        statistics = {f"policy.{name}": value for name, value in self.policy.named_buffers()}
        return {"next_epoch": torch.tensor(self.next_epoch), **self.update.state_dict(), **statistics}

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of another network.
        """
        self.next_epoch = int(state["next_epoch"])
        self._grow(self.settings.heads_at(self.heads, max(0, self.next_epoch - 1)))
        self.update.load_state_dict(state)
        for name, value in self.policy.named_buffers():
            value.copy_(state[f"policy.{name}"])

    def _grow(self, heads: int) -> None:
        if heads != self.policy.num_heads:
            self.policy = grown(self.policy, heads, self.settings.grow_jitter, self.seed)
            self.update = self.update.grown(self.policy, self.settings, self.seed)

    def _credit(self, trajectory: Trajectory) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the objective's value and factor [T, m]; frozen environments take no part and get factor 0.

        Of an objective that tells the heads apart, neither do others, so that each head keeps as many.
        """
        by_head = isinstance(self.objective, ByHead)
        alive, heads = ~trajectory.frozen, self.policy.num_heads
        counted = sound_environments(trajectory.frozen, heads) if by_head else alive.nonzero()[:, 0]
        particles = trajectory.particles(self.features)
        sound = particles if alive.all() else particles[:, counted]
        value, credit = self.objective(sound, self.settings.k, *([heads] if by_head else []))
        factor = particles.new_zeros(particles.shape[:2])
        factor[:, counted] = credit
        return value, factor

    def _learn(self, trajectory: Trajectory, factor: torch.Tensor, rate: float, generator: torch.Generator) -> dict[str, Any]:
        """Update the policy; what it has seen counts in its statistics from the next rollout on, so that ratios start at 1."""
        try:
            facts = self.update.step(trajectory, factor, rate, generator)
        except FloatingPointError as error:
            raise self.rollouts.failure(str(error), ~factor.isfinite().all(0), self.next_epoch) from error
        if self.policy.standardiser is not None:
            self.policy.standardiser.update(trajectory.obs[:-1, ~trajectory.frozen])
        return facts
