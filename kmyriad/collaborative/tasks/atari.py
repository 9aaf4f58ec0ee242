"""Atari 2600 games (Bellemare et al., 2013) with the preprocessing of the DQN paper (Mnih et al., 2015)."""

from typing import Any

import numpy as np

from kmyriad.collaborative.tasks.games import Outcome
from kmyriad.collaborative.tasks.pool import Picture
from kmyriad.collaborative.tasks.required import required

SKIP, STACK, SIZE = 4, 4, 84
"""Frames an action is held for, frames of an observation, and their width and height in pixels."""
NOOPS = 30
"""Most no-ops an episode starts with."""
FRAMES = 108_000
"""Most frames of an episode: half an hour at 60 a second."""


class AtariGame:
    """A game of the Arcade Learning Environment; see `Game`.

    Frames are grey, each the maximum of two, 84 x 84; an observation is the last four. Episodes start with 1 to 30 no-ops and
    end when the game does, not with each life. Actions are not sticky: all that is random are the no-ops.

    Args:
        name: as in ALE, e.g. BeamRider.

    Raises:
        ImportError: ale-py or OpenCV is missing.
    """

    horizon = FRAMES // SKIP

    def __init__(self, name: str) -> None:
        self._env = _make(name)
        self.choices, self.picture = int(self._env.action_space.n), Picture(1, SIZE, SIZE, STACK, 1 / 255)

    def reset(self, seed: int) -> np.ndarray:
        """Begin an episode; see `Game.reset`."""
        obs, _ = self._env.reset(seed=seed)
        return np.asarray(obs).ravel()

    def act(self, action: int) -> Outcome:
        """Take one action; see `Game.act`."""
        obs, reward, terminated, truncated, _ = self._env.step(action)
        return Outcome(np.asarray(obs).ravel(), float(reward), bool(terminated), bool(truncated))


def _make(name: str) -> Any:
    """Return the preprocessed environment, Gymnasium's."""
    ale_py = required("ale_py")
    required("cv2")
    import gymnasium
    from gymnasium.wrappers import AtariPreprocessing, FrameStackObservation

    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    gymnasium.register_envs(ale_py)
    settings: dict[str, Any] = {"max_num_frames_per_episode": FRAMES, "repeat_action_probability": 0.0, "frameskip": 1}
    env = gymnasium.make(f"ALE/{name}-v5", disable_env_checker=True, **settings)
    return FrameStackObservation(AtariPreprocessing(env, NOOPS, SKIP, SIZE), STACK)
