"""An environment of ours as a task for agents that learn off-policy."""

import torch
from torch import Tensor

from kmyriad.collaborative.tasks.pool import SeedOf, Step
from kmyriad.envs.vec_env import VecEnv


class EnvironmentPool:
    """The copies of `env`, whose episodes all last `horizon` steps; see `kmyriad.collaborative.tasks.pool.Pool`.

    All copies start each episode together, by the seed of the first one's. The end is a time limit, so the mask is always 1. A
    copy whose simulation failed stays where it is until the episode is over.

    Its state is the number of the episode: it can be saved between two episodes only.
    """

    def __init__(self, env: VecEnv, horizon: int) -> None:
        self._env, self.horizon = env, horizon
        self.num_envs, self.obs_dim, self.action_dim = env.num_envs, env.obs_dim, env.action_dim
        self._episode, self._time = 0, 0
        self.frozen = 0
        """Copies whose simulation failed so far, counted once an episode."""
        self.successes = 0
        """Episodes of a copy so far in which any reward was above 0."""
        self._reached = torch.zeros(self.num_envs, dtype=torch.bool)

    def reset(self, seed_of: SeedOf) -> Tensor:
        """Begin episode 0 in every copy and return observations [m, d]."""
        self._seed_of, self._episode, self._time = seed_of, 0, 0
        return self._begin()

    def step(self, actions: Tensor) -> Step:
        """Apply actions [m, A] once."""
        after, reward, info = self._env.step(actions)
        after = after.clone()
        self._time += 1
        self._reached |= reward > 0
        over = self._time == self.horizon
        if over:
            self._end(info["frozen"])
        ended = torch.full((self.num_envs,), over)
        return Step(after, reward, torch.ones(self.num_envs), ended, self._begin() if over else after)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the numbers of the episode, of failures and of successes.

        Raises:
            RuntimeError: an episode is under way.
        """
        if self._time:
            raise RuntimeError(f"step {self._time} of an episode of {self.horizon}: save between two episodes")
        counters = {"episode": self._episode, "frozen": self.frozen, "successes": self.successes}
        return {name: torch.tensor(count) for name, count in counters.items()}

    def load_state_dict(self, state: dict[str, Tensor], seed_of: SeedOf) -> Tensor:
        """Go on from what `state_dict` returned; return the observations [m, d] to act on."""
        self._seed_of, self._episode, self._time = seed_of, int(state["episode"]), 0
        self.frozen, self.successes = int(state["frozen"]), int(state["successes"])
        return self._begin()

    def _end(self, frozen: Tensor) -> None:
        self.frozen += int(frozen.sum())
        self.successes += int(self._reached.sum())
        self._reached = torch.zeros_like(self._reached)
        self._episode, self._time = self._episode + 1, 0

    def _begin(self) -> Tensor:
        return self._env.reset(self._seed_of(0, self._episode)).clone()
