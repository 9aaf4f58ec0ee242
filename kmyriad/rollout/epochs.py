"""The rollouts of a training, one an epoch, and the failures that end it."""

import torch

from kmyriad.envs.vec_env import VecEnv
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout.collect import collect
from kmyriad.rollout.failure import TrainingFailure, simulation_fault
from kmyriad.rollout.streams import Purpose, random_seeds
from kmyriad.rollout.trajectory import Trajectory


class EpochRollouts:
    """Collects one parallel trajectory of `horizon` steps an epoch, always into `trajectory`.

    The random numbers of an epoch follow from (`purpose`, `seed`, epoch) alone. `on_failure`: see `simulation_fault`.
    """

    def __init__(self, env: VecEnv, horizon: int, purpose: Purpose, seed: int, on_failure: str) -> None:
        self.env, self.purpose, self.seed, self.on_failure = env, purpose, seed, on_failure
        self.trajectory = Trajectory.empty(horizon, env.num_envs, env.obs_dim, env.action_dim, env.device)

    def collect(self, policy: MultiHeadPolicy, epoch: int) -> torch.Generator:
        """Let `policy` act; return the generator of the order in which the samples of `trajectory` are learned from.

        Raises:
            TrainingFailure: the simulation of every environment failed, or of one if `on_failure` is "stop"; an observation
                is not finite.
        """
        policy_seed, env_seed, order_seed = random_seeds(self.purpose, self.seed, epoch)
        collect(self.env, policy, self.trajectory, self._generator(policy_seed), env_seed)
        if fault := simulation_fault(self.trajectory, self.on_failure):
            raise self.failure(*fault, epoch)
        return self._generator(order_seed)

    def failure(self, what: str, suspects: torch.Tensor, epoch: int) -> TrainingFailure:
        """Return the end of the training in `epoch`: `what` went wrong, in the environments that `suspects` [m] marks."""
        message = f"{what} in epoch {epoch} (seed {self.seed}); the last saved state is kept"
        return TrainingFailure(message, self.trajectory, suspects, seed=self.seed, epoch=epoch)

    def _generator(self, seed: int) -> torch.Generator:
        return torch.Generator(self.env.device).manual_seed(seed)
