"""Tasks of the DeepMind Control suite (Tassa et al., 2018) with flat observations."""

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kmyriad.collaborative.tasks.pool import SUITE_STEPS, SeedOf, Step


class ControlSuite:
    """`num_envs` copies of the suite's task <domain>-<task>; see `Pool`, and `check_task` for what it takes.

    Episodes last 1000 simulator steps and end at this time limit only, all copies' together. An episode is a function of its
    seed and actions, so its saved state is the actions since it began: targets and sizes that a task draws lie outside
    MuJoCo's state.

    Raises:
        ImportError: dm_control is missing.
    """

    def __init__(self, task: str, num_envs: int, repeat: int = 1) -> None:
        domain, _, name = task.partition("-")
        suite = _suite()
        self.num_envs, self.repeat = num_envs, repeat
        self._envs: list[Any] = [suite.load(domain, name, environment_kwargs={"flat_observation": True}) for _ in range(num_envs)]
        spec = self._envs[0].action_spec()
        self._centre, self._half_range = (spec.maximum + spec.minimum) / 2, (spec.maximum - spec.minimum) / 2
        self.horizon, (self.action_dim,) = SUITE_STEPS // repeat, spec.shape
        self.obs_dim = self._envs[0].observation_spec()["observations"].shape[0]
        self._actions = torch.zeros(self.horizon, num_envs, self.action_dim)

    def reset(self, seed_of: SeedOf) -> Tensor:
        """Begin episode 0; see `Pool.reset`."""
        self._seed_of = seed_of
        return self._begin(0)

    def step(self, actions: Tensor) -> Step:
        """Hold actions [m, A] for `repeat` simulator steps; see `Pool.step`."""
        self._actions[self._time] = actions
        self._time += 1
        scaled = self._centre + self._half_range * actions.double().numpy()
        outcomes = [self._hold(env, action) for env, action in zip(self._envs, scaled, strict=True)]
        steps, rewards, discounts = zip(*outcomes, strict=True)
        obs = self._seen(steps)
        reward, discount = (torch.from_numpy(np.array(each, dtype=np.float32)) for each in (rewards, discounts))
        over = self._time == self.horizon
        following = self._begin(self._episode + 1) if over else obs
        return Step(obs, reward, discount, torch.full((self.num_envs,), over), following)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the episode's number and the actions since its beginning, [steps, m, A]."""
        return {"episode": torch.tensor(self._episode), "actions": self._actions[: self._time].clone()}

    def load_state_dict(self, state: dict[str, Tensor], seed_of: SeedOf) -> Tensor:
        """Begin the episode again and repeat its actions; see `Pool.load_state_dict`."""
        self._seed_of = seed_of
        obs = self._begin(int(state["episode"]))
        for actions in state["actions"]:
            obs = self.step(actions).obs
        return obs

    @property
    def seconds(self) -> float:
        """Simulated seconds of an action."""
        return float(self._envs[0].control_timestep()) * self.repeat

    def bodies(self) -> list[tuple[Any, Any]]:
        """Return each copy's mujoco.MjModel and MjData."""
        return [(env.physics.model.ptr, env.physics.data.ptr) for env in self._envs]

    def _begin(self, episode: int) -> Tensor:
        self._episode, self._time = episode, 0
        first = []
        for place, env in enumerate(self._envs):
            env.task.random.seed(self._seed_of(place, episode))
            first.append(env.reset())
        return self._seen(first)

    def _seen(self, steps: Sequence[Any]) -> Tensor:
        """Return the observations [m, d] after dm_control's `steps` of all copies, which are the first ones at time 0."""
        return torch.from_numpy(np.array([step.observation["observations"] for step in steps], dtype=np.float32))

    def _hold(self, env: Any, action: np.ndarray) -> tuple[Any, float, float]:
        """Return dm_control's last step, sum of rewards, and discount after `repeat` steps."""
        total = 0.0
        for _ in range(self.repeat - 1):
            # What env.step does, less the observation: nobody sees it, and it takes a third of the time.
            env.task.before_step(action, env.physics)
            env.physics.step(env._n_sub_steps)
            env.task.after_step(env.physics)
            total += env.task.get_reward(env.physics)
        outcome = env.step(action)
        return outcome, total + outcome.reward, outcome.discount


def _suite() -> ModuleType:
    try:
        suite = importlib.import_module("dm_control.suite")
    except ImportError as error:
        raise ImportError(
            f"the DeepMind Control suite needs dm_control ({error}); install it with: pip install dm-control==1.0.50"
        ) from error
    # dm_control takes over MuJoCo's warnings for the whole process, also those of our own simulations.
    importlib.import_module("mujoco").set_mju_user_warning(None)
    return suite
