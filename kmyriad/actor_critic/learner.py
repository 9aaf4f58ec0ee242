"""Clipped steps of a policy with any number of heads, and of the value network beside it.

Schulman et al. 2017, "Proximal policy optimization algorithms", with an Adam for each network.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn

from kmyriad.actor_critic.samples import Samples, by_head
from kmyriad.actor_critic.surrogate import clipped_surrogate, gaussian_entropy
from kmyriad.estimators.advantage import gae, normalised
from kmyriad.policies import MultiHeadPolicy, ValueNetwork
from kmyriad.policies.adam import Adam
from kmyriad.policies.multi_head import gaussian_log_prob
from kmyriad.rollout import Trajectory
from kmyriad.settings.clipped import ClippedSettings

_OF_POLICY = ("policy_loss", "clip_fraction", "policy_grad_norm")


class ActorCritic:
    """`policy`, trained in place, and a value network that sees `critic_dim` numbers; `seed` is of its first weights."""

    def __init__(
        self, policy: MultiHeadPolicy, critic_dim: int, settings: ClippedSettings, policy_learning_rate: float, seed: int
    ) -> None:
        self.policy, self.settings = policy, settings
        self.value = ValueNetwork(critic_dim, settings.value_hidden, seed).to(policy.adapter_weight.device)
        fused = True if policy.adapter_weight.device.type == "cpu" else None  # on a GPU it would need its counters there
        self.policy_optimiser = Adam(policy, policy_learning_rate, fused)
        self.value_optimiser = Adam(self.value, settings.value_learning_rate, fused)

    def state_dict(self) -> dict[str, Tensor]:
        """Return both networks and their Adams' moments; nothing is copied."""
        return self.policy_optimiser.pack("policy") | self.value_optimiser.pack("value")

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned; ValueError if it is the state of other networks."""
        self.policy_optimiser.unpack("policy", state)
        self.value_optimiser.unpack("value", state)

    @torch.no_grad()
    def samples(self, trajectory: Trajectory, reward: Tensor, critic_obs: Tensor, ends: bool, rows: int) -> Samples:
        """Return the samples of `trajectory` with `reward` [T, m]; `critic_obs` is [T + 1, m, critic_dim].

        `ends` says that the episode is over at T: nothing is to be expected after it, V(T) = 0. Otherwise the last value
        stands for what would follow. Networks see `rows` steps at a time, to bound memory.
        """
        heads, obs = self.policy.num_heads, trajectory.obs[:-1]
        reward = reward.masked_fill(trajectory.frozen, 0.0)
        values = torch.cat([self.value(part) for part in critic_obs.split(rows)])
        if ends:
            values[-1] = 0
        parts = [self.policy(part) for part in obs.split(rows)]
        mean, log_std = (torch.cat(part) for part in zip(*parts, strict=True))
        columns = Samples(
            obs=obs,
            critic_obs=critic_obs[:-1],
            u=trajectory.u,
            log_prob=gaussian_log_prob(trajectory.u, mean, log_std),
            log_std=log_std,
            value=values[:-1],
            advantage=gae(reward, values, self.settings.gamma, self.settings.gae_lambda),
            alive=(~trajectory.frozen).expand(len(obs), -1),
        )
        return Samples(**{name: by_head(value, heads) for name, value in vars(columns).items()})

    def learn(self, samples: Samples, size: int, generator: torch.Generator, policy_learns: bool = True) -> dict[str, Any]:
        """Pass over the samples, each time in a fresh order, a step of each network for `size` samples of each head.

        After a pass in which a head's KL divergence from the policy that acted exceeds `head_kl_limit` its own weights stay as
        they are; after one whose mean exceeds `kl_limit`, or that leaves no head to learn, there is no further pass.

        Returns the last pass's averages policy_loss, value_loss, kl (mean over the heads), kl_max (the largest head's),
        clip_fraction, policy_grad_norm (before clipping), and the number of `passes`; without `policy_learns` those of the
        policy are 0.

        Raises:
            FloatingPointError: a loss or its gradient is not finite.
        """
        advantage = torch.zeros_like(samples.advantage)
        living = samples.advantage[samples.alive]
        advantage[samples.alive] = normalised(living) if self.settings.normalise_advantage else living
        active = samples.alive.any(1)
        limit, head_limit = (value or math.inf for value in (self.settings.kl_limit, self.settings.head_kl_limit))
        passed = 0
        while passed < self.settings.passes:
            report, kl = self._pass(samples, advantage, samples.shuffled(generator).split(size, 1), active, policy_learns)
            passed += 1
            active = active & (kl <= head_limit)
            if policy_learns and (float(kl.mean()) > limit or not active.any()):
                break
        return {**report, "kl": float(kl.mean()), "kl_max": float(kl.max()), "passes": passed}

    def _pass(
        self, samples: Samples, advantage: Tensor, parts: tuple[Tensor, ...], active: Tensor, policy_learns: bool
    ) -> tuple[dict[str, float], Tensor]:
        """Return the averages over one pass, and the KL of each head [H]."""
        rows = torch.arange(len(advantage), device=advantage.device)[:, None]
        report = dict.fromkeys(("value_loss", *_OF_POLICY), 0.0)
        kl = torch.zeros(len(advantage), device=advantage.device, dtype=advantage.dtype)
        counts = samples.alive.sum(1).clamp(min=1)
        for part in parts:
            batch = samples.at(part)
            step = {"value_loss": self._value_step(batch)}
            if policy_learns:
                facts, kl_sums = self._policy_step(batch, advantage[rows, part], active)
                step |= facts
                kl += kl_sums / counts
            share = int(batch.alive.sum()) / int(samples.alive.sum())
            for name, value in step.items():
                report[name] += share * value
        return report, kl

    def _value_step(self, batch: Samples) -> float:
        error = (self.value(batch.critic_obs) - batch.returns).square()
        loss = self.settings.value_coefficient * (error * batch.alive).sum() / batch.alive.sum()
        self._descend(loss, self.value, self.value_optimiser)
        return loss.item()

    def _policy_step(self, batch: Samples, advantage: Tensor, active: Tensor) -> tuple[dict[str, float], Tensor]:
        """Take one step of the active heads [H]; return its facts, and each head's KL summed over its samples [H]."""
        mean, log_std = (each.unflatten(0, batch.alive.shape) for each in self.policy(batch.obs.flatten(0, 1)))
        log_ratio = gaussian_log_prob(batch.u, mean, log_std) - batch.log_prob
        alive, learning = batch.alive, batch.alive & active[:, None]
        gain = clipped_surrogate(log_ratio, advantage, self.settings.clip)
        if self.settings.entropy_coefficient:
            gain = gain + self.settings.entropy_coefficient * gaussian_entropy(log_std)
        loss = -(gain * learning).sum() / alive.sum()
        still = [(p, p[~active].detach().clone()) for p in self.policy.head_parameters()] if not active.all() else []
        norm = self._descend(loss, self.policy, self.policy_optimiser)
        with torch.no_grad():
            for parameter, before in still:  # Adam's momentum would move them without a gradient
                parameter[~active] = before
        log_ratio = log_ratio.detach()
        change = log_ratio.expm1()  # ratio - 1
        clipped = ((change.abs() > self.settings.clip) & alive).sum() / alive.sum()
        facts = {"policy_loss": loss.item(), "clip_fraction": float(clipped), "policy_grad_norm": norm}
        return facts, ((change - log_ratio) * alive).sum(1)

    def _descend(self, loss: Tensor, module: nn.Module, optimiser: Adam) -> float:
        """Take one step of `optimiser` down the clipped gradient of `loss`; return the gradient's norm as it was."""
        module.zero_grad()
        loss.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(optimiser.parameters, self.settings.max_grad_norm))
        if not (math.isfinite(loss.item()) and math.isfinite(norm)):
            raise FloatingPointError(f"the loss is {loss.item()} and its gradient's norm {norm}")
        optimiser.step()
        return norm
