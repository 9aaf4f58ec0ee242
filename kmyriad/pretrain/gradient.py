"""One step up the gradient of the objective: Algorithm 1."""

import torch
from torch import Tensor

from kmyriad.policies import MultiHeadPolicy
from kmyriad.policies.adam import Adam
from kmyriad.policies.multi_head import gaussian_log_prob
from kmyriad.rollout import Trajectory
from kmyriad.settings import PretrainSettings


class GradientUpdate:
    """One Adam step a batch along sum factor * grad log pi; `seed` is not used."""

    def __init__(self, policy: MultiHeadPolicy, settings: PretrainSettings, seed: int) -> None:
        self.policy, self.settings = policy, settings
        self.optimiser = Adam(policy, settings.rate(policy.num_heads, 0))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the policy's weights and Adam's moments; nothing is copied."""
        return self.optimiser.pack("policy")

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state_dict` returned; ValueError if it is the state of another network."""
        self.optimiser.unpack("policy", state)

    def grown(self, policy: MultiHeadPolicy, settings: PretrainSettings, seed: int) -> "GradientUpdate":
        """Return the update of `policy`, which has grown from ours."""
        return GradientUpdate(policy, settings, seed)

    def step(self, trajectory: Trajectory, factor: Tensor, rate: float, generator: torch.Generator) -> dict[str, float]:
        """Learn from `trajectory` with the `factor` [T, m] of each grad log pi; return mean_std and grad_norm.

        Raises:
            FloatingPointError: the gradient is not finite.
        """
        rows = max(1, self.settings.minibatch // factor.shape[1])
        total_std = 0.0
        self.policy.zero_grad()
        for obs, u, weight in zip(trajectory.obs[:-1].split(rows), trajectory.u.split(rows), factor.split(rows), strict=True):
            mean, log_std = self.policy(obs)
            (-(weight * gaussian_log_prob(u, mean, log_std)).sum()).backward()
            total_std += float(log_std.detach().exp().sum())
        norm = torch.nn.utils.clip_grad_norm_(self.optimiser.parameters, self.settings.max_grad_norm)
        if not norm.isfinite():
            raise FloatingPointError(f"the norm of the gradient is {float(norm)}")
        self.optimiser.learning_rate = rate
        self.optimiser.step()
        return {"mean_std": total_std / trajectory.u.numel(), "grad_norm": float(norm)}
