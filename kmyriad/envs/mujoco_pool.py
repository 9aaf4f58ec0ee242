"""Many copies of one MuJoCo model, advanced together by one call into a thread pool."""

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    import mujoco

MAX_VALUE = 1e10
"""MuJoCo's mjMAXVAL: it calls a state with anything larger bad, and warns at every step."""


class MujocoPool:
    """The full physics states of `num_envs` copies of `model`; `step` advances all of them by `substeps` physics steps.

    `threads` physics threads (default: torch's); their number does not change a bit of the result. `start` is the state
    [nstate] after `reset`: time, qpos [nq], qvel [nv], and what else MuJoCo counts as physics. A copy is frozen at the start,
    for good, once its state is not finite; `frozen` [m] says which.

    Attributes:
        current: [m, nstate], float64, the states now.
        states: [m, substeps, nstate], those after each physics step of the last `step`.
        sensors: [m, substeps, nsensordata], likewise.
    """

    def __init__(self, model: "mujoco.MjModel", num_envs: int, substeps: int, start: np.ndarray, threads: int | None) -> None:
        import mujoco
        from mujoco.rollout import Rollout

        threads = torch.get_num_threads() if threads is None else threads
        self.pool = Rollout(nthread=threads if threads > 1 else 0)
        self._data = [mujoco.MjData(model) for _ in range(threads)]
        self._models = [model] * num_envs
        self._start = start
        self._controls = np.empty((num_envs, substeps, model.nu))
        self.states = np.empty((num_envs, substeps, len(start)))
        self.sensors = np.empty((num_envs, substeps, model.nsensordata))
        self.current = np.empty((num_envs, len(start)))
        self.frozen = np.zeros(num_envs, dtype=bool)
        self.reset()

    def reset(self) -> None:
        """Put every copy back to the start; none is frozen."""
        self.current[:] = self._start
        self.sensors[:] = 0.0
        self.frozen[:] = False

    def step(self, controls: np.ndarray) -> None:
        """Hold `controls` [m, nu] for `substeps` physics steps."""
        self._controls[:] = controls[:, None]
        self.pool.rollout(
            self._models,
            self._data,
            self.current,
            self._controls,
            nstep=self.states.shape[1],
            state=self.states,
            sensordata=self.sensors,
            skip_checks=True,
        )
        self.current[:] = self.states[:, -1]
        # Written so that NaN counts as failed. All at once first, which costs a third.
        if not (self.states.min() >= -MAX_VALUE and self.states.max() <= MAX_VALUE):
            self.freeze(np.logical_not((np.abs(self.states) <= MAX_VALUE).all(axis=(1, 2))))
        self.current[self.frozen] = self._start

    def freeze(self, failed: np.ndarray) -> None:
        """Freeze the copies of the mask `failed` [m]; frozen ones are parked at the start, where they cost no warnings."""
        self.frozen |= failed
        self.current[self.frozen] = self._start

    def close(self) -> None:
        """End the thread pool."""
        self.pool.close()
