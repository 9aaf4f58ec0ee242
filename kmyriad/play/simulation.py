"""What moves in a window or a video: copies of one environment and the physics states they go through."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from torch import Tensor

from kmyriad.envs import make_in_mujoco
from kmyriad.envs.ant.terrains import Terrain
from kmyriad.envs.gymnasium_adapter import GymnasiumEnv
from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.jobs.environments import Goal
from kmyriad.jobs.files import StageError
from kmyriad.settings import EnvironmentSettings

if TYPE_CHECKING:
    import mujoco


class Simulation(Protocol):
    """n copies of one environment.

    Attributes:
        model: their MuJoCo model.
        terrain: the ground of ants, None for all others.
        goal_radius: metres.
        seconds: simulated time of an action.
        horizon: most actions of an episode, None where there is no limit.
        obs_dim, action_dim: of a policy that fits.
    """

    model: "mujoco.MjModel"
    terrain: Terrain | None
    goal_radius: float
    seconds: float
    horizon: int | None
    obs_dim: int
    action_dim: int

    def reset(self) -> tuple[Tensor, np.ndarray]:
        """Start again; return observations [n, obs_dim] and physics states [n, nstate]."""

    def step(self, actions: Tensor) -> tuple[Tensor, np.ndarray]:
        """Apply actions [n, action_dim]; return observations and the states on the way [k, n, nstate], evenly spaced in time."""

    def close(self) -> None:
        """Release what the simulator holds."""


class Pooled:
    """Copies in one `kmyriad.envs.mujoco_pool.MujocoPool`: ants, point mazes and robots of one's own."""

    horizon: int | None = None

    def __init__(self, env: Any) -> None:
        self.env, self.model = env, env.model
        self.obs_dim, self.action_dim = env.obs_dim, env.action_dim
        self.terrain: Terrain | None = env.terrain if isinstance(env, MujocoAnt) else None
        self.goal_radius = env.task.radius
        # A point maze simulates an action in several calls, of which the last one's states are left.
        self._repeat = getattr(env, "action_repeat", None)
        self.seconds = (self._repeat or 1) * env.sim.states.shape[1] * env.model.opt.timestep

    def reset(self) -> tuple[Tensor, np.ndarray]:
        """Start again; see `Simulation.reset`."""
        obs: Tensor = self.env.reset()
        self._last = self.env.sim.current.copy()
        return obs, self._last

    def step(self, actions: Tensor) -> tuple[Tensor, np.ndarray]:
        """Act; see `Simulation.step`. A copy whose simulation failed stays where it was."""
        obs, _, info = self.env.step(actions)
        sim, frozen = self.env.sim, info["frozen"].numpy(force=True)[:, None]
        states = sim.current[None] if self._repeat else sim.states.transpose(1, 0, 2)
        states = np.where(frozen, self._last, states)
        self._last = states[-1].copy()
        return obs, states

    def close(self) -> None:
        """End the thread pool."""
        self.env.close()


class Separate:
    """Copies that each have a MuJoCo simulation of their own: environments of Gymnasium, tasks of the DM Control suite.

    `reset` returns observations [n, obs_dim], `advance` takes actions and does the same; `bodies` are models and data.
    """

    terrain: Terrain | None = None
    goal_radius = 0.0

    def __init__(
        self,
        reset: Callable[[], Tensor],
        advance: Callable[[Tensor], Tensor],
        bodies: list[tuple[Any, Any]],
        seconds: float,
        dims: tuple[int, int],
        horizon: int | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._reset, self._advance, self._bodies, self.seconds, self.horizon = reset, advance, bodies, seconds, horizon
        (self.obs_dim, self.action_dim), self.model, self.close = dims, bodies[0][0], close

    def reset(self) -> tuple[Tensor, np.ndarray]:
        """Start again; see `Simulation.reset`."""
        return self._reset(), self._states()

    def step(self, actions: Tensor) -> tuple[Tensor, np.ndarray]:
        """Act; see `Simulation.step`. There is one state an action."""
        return self._advance(actions), self._states()[None]

    def _states(self) -> np.ndarray:
        import mujoco

        kind = mujoco.mjtState.mjSTATE_FULLPHYSICS
        states = np.empty((len(self._bodies), mujoco.mj_stateSize(self.model, kind)))
        for state, (model, data) in zip(states, self._bodies, strict=True):
            mujoco.mj_getState(model, data, state, kind)
        return states


def simulate(environment: EnvironmentSettings, copies: int, goal: Goal | None) -> Simulation:
    """Return `copies` of `environment` in MuJoCo C, with the `goal` if there is one.

    Raises:
        ValueError, ImportError: as `kmyriad.envs.make`.
        StageError: MuJoCo does not simulate it, so that there is nothing to draw.
    """
    task = {} if goal is None else {"goal": goal}
    env = make_in_mujoco(environment.name, copies, **{**environment.settings, **task})
    if isinstance(env, GymnasiumEnv) and (bodies := env.bodies()):
        dims = (env.obs_dim, env.action_dim)
        return Separate(env.reset, lambda actions: env.step(actions)[0], bodies, env.seconds, dims, close=env.close)
    if not hasattr(env, "sim"):
        env.close()
        raise StageError(f"{environment.name} is not simulated by MuJoCo, whose models kmyriad play draws")
    return Pooled(env)


def simulate_task(task: str, copies: int, settings: Any, seed: int) -> Simulation:
    """Return `copies` of a task of Collaborative Exploration, all with the episode of `seed`.

    Raises:
        ImportError: the task's simulator is missing.
        StageError: MuJoCo does not simulate it.
    """
    from kmyriad.collaborative.algorithms import make_task
    from kmyriad.collaborative.intrinsic.diayn import SkilledPool
    from kmyriad.collaborative.tasks.pool import Simulated

    pool = make_task(task, copies, settings)
    inner = pool.inner if isinstance(pool, SkilledPool) else pool
    if not isinstance(inner, Simulated):
        raise StageError(f"{task} is not simulated by MuJoCo, whose models kmyriad play draws")
    dims, last = (pool.obs_dim, pool.action_dim), pool.horizon - 1  # after the last action the next episode begins
    reset = lambda: pool.reset(lambda place, episode: seed)  # noqa: E731
    return Separate(reset, lambda actions: pool.step(actions).obs, inner.bodies(), inner.seconds, dims, last)
