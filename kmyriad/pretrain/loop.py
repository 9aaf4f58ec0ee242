"""The K-Myriad loop (Algorithm 1): collect, estimate the entropy, credit each action, take one gradient step."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch

from kmyriad.envs.vec_env import VecEnv
from kmyriad.policies import MultiHeadPolicy
from kmyriad.policies.adam import Adam
from kmyriad.policies.multi_head import gaussian_log_prob
from kmyriad.pretrain.objectives import load_objective
from kmyriad.rollout import TrainingFailure, Trajectory, collect, simulation_fault
from kmyriad.settings import PretrainSettings


@dataclass(frozen=True)
class Epoch:
    """One row of the metrics: epochs count from 0, entropy in nats, mean_std that of u, times in seconds."""

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


class Pretraining:
    """`heads` heads trained in `env` for the objective of `settings`; state between two epochs is `state_dict`.

    Every epoch draws its random numbers from (seed, epoch) alone, so a run that is resumed at any epoch goes on with the
    same bytes (at the same number of torch threads).
    """

    def __init__(self, env: VecEnv, settings: PretrainSettings, heads: int, features: list[str], seed: int) -> None:
        self.env, self.settings, self.seed, self.next_epoch = env, settings, seed, 0
        self.features = [env.feature_names.index(name) for name in features]
        self.objective = load_objective(settings.objective)
        self.policy = MultiHeadPolicy(
            env.obs_dim, env.action_dim, heads, settings.trunk, settings.adapter, settings.log_std_range, seed
        ).to(env.device)
        self.learning_rate = settings.learning_rate_of(heads)
        self.optimiser = Adam(self.policy, self.learning_rate)
        self._trajectory = Trajectory.empty(settings.horizon, env.num_envs, env.obs_dim, env.action_dim, env.device)

    def run_epoch(self) -> Epoch:
        """Collect one parallel trajectory, climb the objective by one step, and return the epoch's metrics.

        Raises:
            TrainingFailure: the simulation of every environment failed, or of one if `on_failure` is "stop"; the gradient
                is not finite.
        """
        epoch, started = self.next_epoch, perf_counter()
        policy_seed, env_seed = (int(s) for s in np.random.SeedSequence([self.seed, epoch]).generate_state(2))
        generator = torch.Generator(self.env.device).manual_seed(policy_seed)
        trajectory = collect(self.env, self.policy, self._trajectory, generator, env_seed)
        if fault := simulation_fault(trajectory, self.settings.on_failure):
            raise self._failure(*fault)
        collected = perf_counter()
        value, factor = self._credit(trajectory)
        credited = perf_counter()
        rate = self.settings.decayed(self.learning_rate, epoch)
        mean_std, grad_norm = self._update(trajectory, factor, rate)
        self.next_epoch += 1
        return Epoch(
            epoch=epoch,
            env_steps=self.next_epoch * trajectory.u.shape[0] * trajectory.u.shape[1],
            entropy=float(value),
            mean_std=mean_std,
            grad_norm=grad_norm,
            learning_rate=rate,
            frozen_envs=int(trajectory.frozen.sum()),
            seconds_rollout=collected - started,
            seconds_neighbours=credited - collected,
            seconds_update=perf_counter() - credited,
        )

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return all that the next epoch depends on: its number, the policy and Adam's moments."""
        return {"next_epoch": torch.tensor(self.next_epoch), **self.optimiser.pack("policy")}

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: the state is that of another network.
        """
        self.next_epoch = int(state["next_epoch"])
        self.optimiser.unpack("policy", state)

    def _credit(self, trajectory: Trajectory) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the objective's value and factor [T, m]; frozen environments take no part and get factor 0."""
        alive = ~trajectory.frozen
        particles = trajectory.particles(self.features)
        value, credit = self.objective(particles[:, alive] if trajectory.frozen.any() else particles, self.settings.k)
        factor = particles.new_zeros(particles.shape[:2])
        factor[:, alive] = credit
        return value, factor

    def _update(self, trajectory: Trajectory, factor: torch.Tensor, rate: float) -> tuple[float, float]:
        """Take one Adam step along sum factor * grad log pi; return the mean std of u and the gradient's norm."""
        rows = max(1, self.settings.minibatch // factor.shape[1])
        total_std = 0.0
        self.policy.zero_grad()
        for obs, u, weight in zip(trajectory.obs[:-1].split(rows), trajectory.u.split(rows), factor.split(rows), strict=True):
            mean, log_std = self.policy(obs)
            (-(weight * gaussian_log_prob(u, mean, log_std)).sum()).backward()
            total_std += float(log_std.detach().exp().sum())
        norm = torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.settings.max_grad_norm)
        if not norm.isfinite():
            raise self._failure(f"the norm of the gradient is {float(norm)}", ~factor.isfinite().all(0))
        self.optimiser.learning_rate = rate
        self.optimiser.step()
        return total_std / trajectory.u.numel(), float(norm)

    def _failure(self, what: str, suspects: torch.Tensor) -> TrainingFailure:
        message = f"{what} in epoch {self.next_epoch} (seed {self.seed}); the last saved state is kept"
        return TrainingFailure(message, self._trajectory, suspects, seed=self.seed, epoch=self.next_epoch)
