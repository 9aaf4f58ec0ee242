"""Many small clipped steps a batch on the same objective, with a value network (settings `trust_region`).

The objective's factor of grad log pi(a_t | s_t) sums what a particle and all later ones of its trajectory are credited, so its
differences are what each particle is credited: the reward of its step. With that reward, undiscounted and without a value
network, the first clipped step goes the way of Algorithm 1; discounting and the value network trade bias for variance.
"""

import torch
from torch import Tensor

from kmyriad.actor_critic import ActorCritic
from kmyriad.estimators.advantage import explained_variance
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import Purpose, Trajectory, random_seeds
from kmyriad.settings import PretrainSettings

ROWS = 100
"""Steps of all environments that a network sees at once; bounds memory."""


class TrustRegionUpdate:
    """Clipped steps of all heads of `policy` together; the value network sees observation, head (one-hot) and t / T."""

    def __init__(self, policy: MultiHeadPolicy, settings: PretrainSettings, seed: int) -> None:
        self.policy, self.settings, self.passes = policy, settings.clipped, 0
        value_seed, _, _ = random_seeds(Purpose.FIRST_VALUE, seed)
        critic_dim, self.first_rate = policy.obs_dim + policy.num_heads + 1, settings.rate(policy.num_heads, 0)
        self.learner = ActorCritic(policy, critic_dim, self.settings, self.first_rate, value_seed)

    def state_dict(self) -> dict[str, Tensor]:
        """Return both networks and their Adams' moments; nothing is copied."""
        return self.learner.state_dict()

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned; ValueError if it is the state of other networks."""
        self.learner.load_state_dict(state)

    @torch.no_grad()
    def grown(self, policy: MultiHeadPolicy, settings: PretrainSettings, seed: int) -> "TrustRegionUpdate":
        """Return the update of `policy`, which has grown from ours; to its value network a copy is worth what its parent is."""
        new, old = TrustRegionUpdate(policy, settings, seed), self.learner.value.state_dict()
        first, heads = old["layers.0.weight"], self.policy.num_heads
        obs, head, time = first.split([self.policy.obs_dim, heads, 1], 1)
        copies = head.repeat_interleave(policy.num_heads // heads, 1)
        new.learner.value.load_state_dict({**old, "layers.0.weight": torch.cat([obs, copies, time], 1)})
        return new

    def step(self, trajectory: Trajectory, factor: Tensor, rate: float, generator: torch.Generator) -> dict[str, float]:
        """Learn from `trajectory` with the `factor` [T, m] of each grad log pi; return what the passes report.

        Raises:
            FloatingPointError: a loss or its gradient is not finite.
        """
        reward = standardised_reward(factor, ~trajectory.frozen)
        samples = self.learner.samples(trajectory, reward, self.critic_obs(trajectory), ends=True, rows=ROWS)
        self.learner.policy_optimiser.learning_rate = rate
        self.learner.value_optimiser.learning_rate = self.settings.value_learning_rate * rate / self.first_rate
        report = self.learner.learn(samples, self.settings.minibatch // self.policy.num_heads, generator)
        self.passes = report["passes"]
        return {
            "mean_std": float(samples.log_std[samples.alive].exp().mean()),
            "grad_norm": report["policy_grad_norm"],
            "kl": report["kl"],
            "kl_max": report["kl_max"],
            "clip_fraction": report["clip_fraction"],
            "explained_variance": explained_variance(samples.value[samples.alive], samples.returns[samples.alive]),
            "passes": report["passes"],
        }

    def critic_obs(self, trajectory: Trajectory) -> Tensor:
        """Return what the value network sees, [T + 1, m, obs_dim + heads + 1]."""
        obs, heads = self.policy.standardised(trajectory.obs), self.policy.num_heads
        steps, envs, _ = obs.shape
        head = torch.eye(heads, device=obs.device, dtype=obs.dtype).repeat_interleave(envs // heads, 0).expand(steps, -1, -1)
        time = torch.linspace(0, 1, steps, device=obs.device, dtype=obs.dtype)[:, None, None].expand(-1, envs, 1)
        return torch.cat([obs, head, time], -1)


def standardised_reward(factor: Tensor, alive: Tensor) -> Tensor:
    """Return the reward of each step, [T, m]: the differences of `factor` [T, m], to mean 0 and standard deviation 1.

    Over the environments `alive` [m]; the others have reward 0.
    """
    later = torch.cat([factor[1:], torch.zeros_like(factor[:1])])
    reward = (factor - later).double()
    living = reward[:, alive]
    spread = living.std(correction=0).clamp(min=1e-300)
    return torch.where(alive, (reward - living.mean()) / spread, 0.0).to(factor.dtype)
