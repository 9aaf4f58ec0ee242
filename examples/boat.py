"""An environment of one's own: a boat on open water."""

import gymnasium
import numpy as np
from numpy.typing import ArrayLike, NDArray


class Boat(gymnasium.Env):
    """Actions: engine and rudder. Observations: place (x, y), cosine and sine of the course, speed. Reward: 1 near a buoy."""

    observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (5,), np.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (2,), np.float32)

    def __init__(self, buoy: tuple[float, float] | None = None) -> None:
        """Keep the place of the buoy, if there is one, in metres."""
        self.buoy = buoy

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[NDArray, dict]:
        """Start at the origin, heading east or nearly so, without speed."""
        super().reset(seed=seed)
        self.place, self.course, self.speed = np.zeros(2), self.np_random.normal(0, 0.1), 0.0
        return self.seen(), {}

    def step(self, action: ArrayLike) -> tuple[NDArray, float, bool, bool, dict]:
        """Move for one step; no episode ends of itself."""
        engine, rudder = np.asarray(action)
        self.speed += 0.2 * (engine - self.speed)
        self.course += 0.5 * rudder * self.speed
        self.place = self.place + 0.3 * self.speed * self.seen()[2:4]
        reached = self.buoy is not None and np.linalg.norm(self.place - self.buoy) < 1
        return self.seen(), float(reached), False, False, {}

    def seen(self) -> NDArray:
        """Return the observation."""
        return np.array([*self.place, np.cos(self.course), np.sin(self.course), self.speed], np.float32)


gymnasium.register("Boat-v0", Boat)
