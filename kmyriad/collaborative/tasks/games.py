"""Games: tasks with a number of actions to choose from, whose observations are pictures."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from kmyriad.collaborative.tasks.pool import Picture, SeedOf, Step


class Outcome(NamedTuple):
    """What one game's action leads to."""

    obs: np.ndarray
    """uint8 [d], see `Picture`."""
    reward: float
    terminated: bool
    truncated: bool
    """Whether a time limit ends the episode."""


class Game(Protocol):
    """One game. An episode is a function of its seed and actions.

    Attributes:
        choices: number of actions, 0 .. choices - 1.
        picture: how an observation's bytes lie.
        horizon: most steps of an episode.
    """

    choices: int
    picture: Picture
    horizon: int

    def reset(self, seed: int) -> np.ndarray:
        """Begin an episode; return its first observation, uint8 [d]."""

    def act(self, action: int) -> Outcome:
        """Take one action."""


class Games:
    """`num_envs` games that step together; see `Pool`. Actions are integers [m, 1], observations bytes [m, d].

    The saved state is each copy's episode and its actions since the episode began: they are repeated to go on.
    """

    action_dim = 1

    def __init__(self, make: Callable[[], Game], num_envs: int) -> None:
        self.num_envs = num_envs
        self._games = [make() for _ in range(num_envs)]
        first = self._games[0]
        self.choices, self.picture, self.horizon, self.obs_dim = (
            first.choices,
            first.picture,
            first.horizon,
            first.picture.features,
        )
        self._episodes = [0] * num_envs
        self._actions: list[list[int]] = [[] for _ in range(num_envs)]

    def reset(self, seed_of: SeedOf) -> Tensor:
        """Begin episode 0; see `Pool.reset`."""
        self._seed_of = seed_of
        return _stacked([self._begin(place, 0) for place in range(self.num_envs)])

    def step(self, actions: Tensor) -> Step:
        """Take actions [m, 1]; see `Pool.step`."""
        found = [self._act(place, action) for place, action in enumerate(actions[:, 0].tolist())]
        ended = [outcome.terminated or outcome.truncated for outcome in found]
        following = [
            self._begin(place, self._episodes[place] + 1) if over else outcome.obs
            for place, (outcome, over) in enumerate(zip(found, ended, strict=True))
        ]
        return Step(
            _stacked([outcome.obs for outcome in found]),
            torch.tensor([outcome.reward for outcome in found]),
            torch.tensor([float(not outcome.terminated) for outcome in found]),
            torch.tensor(ended),
            _stacked(following),
        )

    def state_dict(self) -> dict[str, Tensor]:
        """Return each copy's episode, the number of its steps so far, and their actions [m, longest]."""
        steps = torch.tensor([len(actions) for actions in self._actions])
        table = torch.zeros(self.num_envs, int(steps.max()), dtype=torch.uint8)
        for row, actions in zip(table, self._actions, strict=True):
            row[: len(actions)] = torch.tensor(actions, dtype=torch.uint8)
        return {"episode": torch.tensor(self._episodes), "steps": steps, "actions": table}

    def load_state_dict(self, state: dict[str, Tensor], seed_of: SeedOf) -> Tensor:
        """Begin the episodes again and repeat their actions; see `Pool.load_state_dict`."""
        self._seed_of = seed_of
        obs = []
        for place, (episode, steps) in enumerate(zip(state["episode"].tolist(), state["steps"].tolist(), strict=True)):
            obs.append(self._begin(place, episode))
            for action in state["actions"][place, :steps].tolist():
                obs[place] = self._act(place, action).obs
        return _stacked(obs)

    def _begin(self, place: int, episode: int) -> np.ndarray:
        self._episodes[place], self._actions[place] = episode, []
        return self._games[place].reset(self._seed_of(place, episode))

    def _act(self, place: int, action: int) -> Outcome:
        self._actions[place].append(action)
        return self._games[place].act(action)


def _stacked(obs: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(obs))
