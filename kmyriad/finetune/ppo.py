"""Proximal policy optimisation of one head: collect, estimate advantages, take clipped steps (Table 3).

Schulman et al. 2017, "Proximal policy optimization algorithms", with two networks and an Adam for each.
"""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from kmyriad.actor_critic import ActorCritic, Samples
from kmyriad.actor_critic.surrogate import gaussian_entropy
from kmyriad.envs.vec_env import VecEnv
from kmyriad.estimators.advantage import explained_variance
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import EpochRollouts, Purpose, Trajectory, random_seeds, run_epochs
from kmyriad.settings import FinetuneSettings

REPORTED = ("policy_loss", "value_loss", "kl", "clip_fraction", "policy_grad_norm")


@dataclass(frozen=True)
class Update:
    """One row of the metrics: epochs count from 0, times in seconds; frozen environments count in env_steps alone.

    success: share of environments that saw a positive reward; mean_return: undiscounted. Both, the entropy of u in nats
    and explained_variance are of the networks that the rollout met. The losses, kl, clip_fraction and policy_grad_norm
    (before clipping) are averages over the last pass; those of the actor are 0 in the warm-up, where it stays as it is.
    """

    epoch: int
    env_steps: int
    success: float
    mean_return: float
    policy_loss: float
    value_loss: float
    kl: float
    clip_fraction: float
    entropy: float
    explained_variance: float
    policy_grad_norm: float
    frozen_envs: int
    seconds_rollout: float
    seconds_update: float


class PPO:
    """`actor`, a policy of one head, trained in place on the reward of `env`; state between two epochs is `state_dict`.

    Every epoch draws its random numbers from (seed, epoch) alone, so a run that is resumed at any epoch goes on with the
    same bytes (at the same number of torch threads). An epoch is one rollout and `passes` passes over it; `next_epoch`
    rollouts are done. During the first `warmup` of them the value network learns alone.

    Raises:
        ValueError: the actor has several heads.
    """

    def __init__(self, env: VecEnv, actor: MultiHeadPolicy, settings: FinetuneSettings, seed: int) -> None:
        if actor.num_heads != 1:
            raise ValueError(f"PPO trains one head, got a policy of {actor.num_heads}: take one with policy.select_head(head)")
        self.env, self.actor, self.settings, self.seed, self.next_epoch = env, actor.to(env.device), settings, seed, 0
        value_seed = random_seeds(Purpose.FIRST_VALUE, seed)[0]
        self.learner = ActorCritic(actor, env.obs_dim, settings, settings.policy_learning_rate, value_seed)
        self.rollouts = EpochRollouts(env, settings.horizon, Purpose.FINETUNE, seed, settings.on_failure)

    def run(self, progress: bool = True) -> list[Update]:
        """Run what is left of the settings' environment steps and return the metrics; `progress` shows a bar on stderr.

        Raises:
            TrainingFailure: as `run_epoch`.
        """
        return run_epochs(self, self.settings.updates, "PPO", lambda row: f"success {row.success:.0%}", progress)

    def run_epoch(self) -> Update:
        """Collect one rollout, learn from it, and return the epoch's metrics.

        Raises:
            TrainingFailure: the simulation of every environment failed, or of one if `on_failure` is "stop"; a loss or its
                gradient is not finite.
        """
        epoch, started = self.next_epoch, perf_counter()
        order, trajectory = self.rollouts.collect(self.actor, epoch), self.rollouts.trajectory
        collected = perf_counter()
        samples, steps = self._learn(trajectory, order)
        self.next_epoch += 1
        alive = samples.alive
        return Update(
            epoch=epoch,
            env_steps=self.next_epoch * trajectory.reward.numel(),
            **_outcome(trajectory),
            **steps,
            entropy=float(gaussian_entropy(samples.log_std[alive]).mean()),
            explained_variance=explained_variance(samples.value[alive], samples.returns[alive]),
            seconds_rollout=collected - started,
            seconds_update=perf_counter() - collected,
        )

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next epoch depends on: its number, both networks and Adam's moments."""
        return {"next_epoch": torch.tensor(self.next_epoch), **self.learner.state_dict()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of other networks.
        """
        self.next_epoch = int(state["next_epoch"])
        self.learner.load_state_dict(state)

    def _learn(self, trajectory: Trajectory, generator: torch.Generator) -> tuple[Samples, dict[str, Any]]:
        """Pass over the rollout; return its samples and what the last pass reports."""
        settings = self.settings
        # The end at T cuts the episode short, so the value of the last state stands for what would follow.
        seen = self.actor.standardised(trajectory.obs)
        samples = self.learner.samples(trajectory, trajectory.reward, seen, ends=False, rows=settings.minibatch_rows)
        size, policy_learns = settings.minibatch_rows * self.env.num_envs, self.next_epoch >= settings.warmup
        try:
            steps = self.learner.learn(samples, size, generator, policy_learns)
        except FloatingPointError as error:
            broken = ~(trajectory.reward.isfinite().all(0) | trajectory.frozen)
            raise self.rollouts.failure(str(error), broken, self.next_epoch) from error
        return samples, {name: steps[name] for name in REPORTED}


def _outcome(trajectory: Trajectory) -> dict[str, Any]:
    reward = trajectory.reward[:, ~trajectory.frozen]
    return {
        "success": float((reward > 0).any(0).double().mean()),
        "mean_return": float(reward.sum(0).mean()),
        "frozen_envs": int(trajectory.frozen.sum()),
    }
