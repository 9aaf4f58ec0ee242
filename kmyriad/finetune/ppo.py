"""Proximal policy optimisation of one head: collect, estimate advantages, take clipped steps (Table 3).

Schulman et al. 2017, "Proximal policy optimization algorithms", with two networks and an Adam for each.
"""

import math
from dataclasses import dataclass, fields
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kmyriad.envs.vec_env import VecEnv
from kmyriad.estimators.advantage import explained_variance, gae, normalised
from kmyriad.finetune.surrogate import clipped_surrogate, gaussian_entropy
from kmyriad.policies import MultiHeadPolicy, ValueNetwork
from kmyriad.policies.adam import Adam
from kmyriad.policies.multi_head import gaussian_log_prob
from kmyriad.rollout import TrainingFailure, Trajectory, collect, simulation_fault
from kmyriad.settings import FinetuneSettings


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


@dataclass(frozen=True)
class Samples:
    """What is learnt from, N = T times the environments that did not freeze; all but obs and u have the shape [N].

    obs: [N, obs_dim]; u: actions before tanh [N, action_dim];
    log_prob: log density of u, and entropy: that of u, under the policy that acted, in nats;
    value: of the observation, before the update; advantage: not normalised.
    """

    obs: Tensor
    u: Tensor
    log_prob: Tensor
    entropy: Tensor
    value: Tensor
    advantage: Tensor

    def __len__(self) -> int:
        """Return N."""
        return len(self.obs)

    @property
    def returns(self) -> Tensor:
        """What the value network learns, advantage + value [N]."""
        return self.advantage + self.value

    def at(self, indices: Tensor) -> "Samples":
        """Return the samples at `indices`."""
        return Samples(**{field.name: getattr(self, field.name)[indices] for field in fields(self)})


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
        self.value = ValueNetwork(env.obs_dim, settings.value_hidden, seed).to(env.device)
        self.actor_optimiser = Adam(actor, settings.policy_learning_rate)
        self.value_optimiser = Adam(self.value, settings.value_learning_rate)
        self._trajectory = Trajectory.empty(settings.horizon, env.num_envs, env.obs_dim, env.action_dim, env.device)

    def run_epoch(self) -> Update:
        """Collect one rollout, learn from it, and return the epoch's metrics.

        Raises:
            TrainingFailure: the simulation of every environment failed, or of one if `on_failure` is "stop"; a loss or its
                gradient is not finite.
        """
        epoch, started = self.next_epoch, perf_counter()
        policy_seed, env_seed, order_seed = (int(s) for s in np.random.SeedSequence([self.seed, epoch]).generate_state(3))
        generator = torch.Generator(self.env.device).manual_seed(policy_seed)
        trajectory = collect(self.env, self.actor, self._trajectory, generator, env_seed)
        if fault := simulation_fault(trajectory, self.settings.on_failure):
            raise self._failure(*fault)
        collected = perf_counter()
        samples = self._samples(trajectory)
        steps: dict[str, Any] = self._update(samples, torch.Generator(self.env.device).manual_seed(order_seed))
        self.next_epoch += 1
        return Update(
            epoch=epoch,
            env_steps=self.next_epoch * trajectory.reward.numel(),
            **_outcome(trajectory),
            **steps,
            entropy=float(samples.entropy.mean()),
            explained_variance=explained_variance(samples.value, samples.returns),
            seconds_rollout=collected - started,
            seconds_update=perf_counter() - collected,
        )

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next epoch depends on: its number, both networks and Adam's moments."""
        networks = self.actor_optimiser.pack("policy") | self.value_optimiser.pack("value")
        return {"next_epoch": torch.tensor(self.next_epoch), **networks}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of other networks.
        """
        self.next_epoch = int(state["next_epoch"])
        self.actor_optimiser.unpack("policy", state)
        self.value_optimiser.unpack("value", state)

    @torch.no_grad()
    def _samples(self, trajectory: Trajectory) -> Samples:
        """Return the samples of all environments that did not freeze, a minibatch's rows at a time to bound memory."""
        alive, rows = ~trajectory.frozen, self.settings.minibatch_rows
        obs, u, reward = trajectory.obs[:, alive], trajectory.u[:, alive], trajectory.reward[:, alive]
        values = torch.cat([self.value(part) for part in obs.split(rows)])
        parts = [self.actor(part) for part in obs[:-1].split(rows)]
        mean, log_std = (torch.cat(part) for part in zip(*parts, strict=True))
        samples = Samples(
            obs=obs[:-1],
            u=u,
            log_prob=gaussian_log_prob(u, mean, log_std),
            entropy=gaussian_entropy(log_std),
            value=values[:-1],
            advantage=gae(reward, values, self.settings.gamma, self.settings.gae_lambda),
        )
        return Samples(**{field.name: getattr(samples, field.name).flatten(0, 1) for field in fields(samples)})

    def _update(self, samples: Samples, generator: torch.Generator) -> dict[str, float]:
        """Pass over the samples, each time in a fresh order and every sample once; return the last pass's averages."""
        advantage = normalised(samples.advantage) if self.settings.normalise_advantage else samples.advantage
        size = self.settings.minibatch_rows * self.env.num_envs
        for _ in range(self.settings.passes):
            parts = torch.randperm(len(samples), generator=generator, device=self.env.device).split(size)
            steps = [self._step(samples.at(part), advantage[part]) for part in parts]
        weights = [len(part) / len(samples) for part in parts]
        return {name: sum(w * step[name] for w, step in zip(weights, steps, strict=True)) for name in steps[0]}

    def _step(self, batch: Samples, advantage: Tensor) -> dict[str, float]:
        """Take one step of each network that learns in this epoch; return what they report."""
        value_loss = self.settings.value_coefficient * (self.value(batch.obs) - batch.returns).square().mean()
        self._descend(value_loss, self.value, self.value_optimiser)
        if self.next_epoch < self.settings.warmup:
            actor = dict.fromkeys(("policy_loss", "kl", "clip_fraction", "policy_grad_norm"), 0.0)
        else:
            actor = self._actor_step(batch, advantage)
        return {"value_loss": value_loss.item(), **actor}

    def _actor_step(self, batch: Samples, advantage: Tensor) -> dict[str, float]:
        mean, log_std = self.actor(batch.obs)
        log_ratio = gaussian_log_prob(batch.u, mean, log_std) - batch.log_prob
        bonus = self.settings.entropy_coefficient * gaussian_entropy(log_std).mean()
        loss = -clipped_surrogate(log_ratio, advantage, self.settings.clip).mean() - bonus
        norm = self._descend(loss, self.actor, self.actor_optimiser)
        log_ratio = log_ratio.detach()
        change = log_ratio.expm1()  # ratio - 1
        return {
            "policy_loss": loss.item(),
            "kl": float((change - log_ratio).mean()),
            "clip_fraction": float((change.abs() > self.settings.clip).double().mean()),
            "policy_grad_norm": norm,
        }

    def _descend(self, loss: Tensor, module: nn.Module, optimiser: Adam) -> float:
        """Take one step of `optimiser` down the clipped gradient of `loss`; return the gradient's norm as it was."""
        module.zero_grad()
        loss.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(module.parameters(), self.settings.max_grad_norm))
        if not (math.isfinite(loss.item()) and math.isfinite(norm)):
            broken = ~(self._trajectory.reward.isfinite().all(0) | self._trajectory.frozen)
            raise self._failure(f"the loss is {loss.item()} and its gradient's norm {norm}", broken)
        optimiser.step()
        return norm

    def _failure(self, what: str, suspects: Tensor) -> TrainingFailure:
        message = f"{what} in epoch {self.next_epoch} of fine-tuning with seed {self.seed}"
        return TrainingFailure(message, self._trajectory, suspects, seed=self.seed, epoch=self.next_epoch)


def _outcome(trajectory: Trajectory) -> dict[str, Any]:
    reward = trajectory.reward[:, ~trajectory.frozen]
    return {
        "success": float((reward > 0).any(0).double().mean()),
        "mean_return": float(reward.sum(0).mean()),
        "frozen_envs": int(trajectory.frozen.sum()),
    }
