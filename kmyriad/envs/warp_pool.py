"""Many copies of one MuJoCo model on MuJoCo Warp, float32, advanced together by one launch of a captured graph.

Importing this module imports Warp.
"""

from copy import copy

import mujoco
import mujoco_warp
import torch
import warp as wp

from kmyriad.envs.mujoco_pool import MAX_VALUE
from kmyriad.envs.warp_device import check_memory, open_device
from kmyriad.envs.warp_kernels import freeze

_ANY_SPEED = float("inf")
# Where these say that the solver stopped early, MuJoCo C would have as well, and neither calls it a failure.
_NO_LIMITS = mujoco_warp.OverflowType.ITERATIONS | mujoco_warp.OverflowType.LS_ITERATIONS
_CONSTRAINTS = mujoco_warp.OverflowType.NEFC | mujoco_warp.OverflowType.NJMAX_NNZ
_CONTACTS = mujoco_warp.OverflowType.BROADPHASE | mujoco_warp.OverflowType.NARROWPHASE | mujoco_warp.OverflowType.CCD


class WarpPool:
    """The states of `num_envs` copies of `model` on `device`; `step` advances all by `substeps` physics steps.

    The physics steps are one graph, captured once: a CUDA graph, or Warp's record of the launches on the CPU. Only on a GPU
    without memory pools, where a capture cannot allocate, the launches are issued one by one. Nothing in `step` waits for
    the device. The first step on a machine compiles kernels, for half a minute; later ones find them in Warp's cache.

    A copy is frozen, for good, once its state is not finite or above 1e10 after any physics step, or the first three of its
    velocities (m/s) together exceed `max_speed`; from then on it is parked at the start, `start` being qpos [nq].

    `nconmax` contacts for each copy share one store, so one copy may have more where others have fewer; `njmax` constraints
    are each copy's own. What exceeds them is left out of the physics: `check_limits` tells.

    Attributes:
        position: [m, nq], velocity [m, nv], controls [m, nu] and sensors [m, nsensordata]: float32, the simulator's own
            memory. Quaternions are w, x, y, z. The sensors are those of the last physics step.
        frozen: [m], bool, likewise.

    Raises:
        ValueError: there is no such device, or its free memory is less than the copies need.
        NotImplementedError: the model has something that MuJoCo Warp lacks; the message names it.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        num_envs: int,
        substeps: int,
        start: list[float],
        max_speed: float,
        device: str,
        nconmax: int,
        njmax: int,
    ) -> None:
        self.num_envs, self.nconmax, self.njmax = num_envs, nconmax, njmax
        self._device, self._substeps, self._max_speed = open_device(device), substeps, max_speed
        check_memory(model, num_envs, substeps, self._device, nconmax, njmax)
        with wp.ScopedDevice(self._device):
            self._model = put_model(model)
            self.data = mujoco_warp.make_data(model, nworld=num_envs, nconmax=nconmax, njmax=njmax)
            # All frozen, so that the steps of the capture are taken at the start; `reset` thaws them.
            self._frozen = wp.full(num_envs, True, dtype=wp.bool)
            self._start: wp.array = wp.array(start, dtype=wp.float32)
            self._view()
            self._graph = self._capture()
        self._overflow.zero_()
        self.reset()

    def reset(self) -> None:
        """Put every copy back to the start, at rest; none is frozen.

        Raises:
            RuntimeError: see `check_limits`; the copies are back at the start all the same.
        """
        self.position[:] = self._start_view
        self.velocity.zero_()
        self.sensors.zero_()
        self.frozen.zero_()
        self.check_limits()

    def step(self, controls: torch.Tensor) -> None:
        """Hold `controls` [m, nu] for `substeps` physics steps."""
        self.controls.copy_(controls)
        # On torch's own stream, so that what torch does before and after is in order without anybody waiting.
        stream = wp.stream_from_torch(self.position.device) if self._device.is_cuda else None
        with wp.ScopedDevice(self._device), wp.ScopedStream(stream, sync_enter=False):
            if self._graph is None:
                self._advance()
            else:
                wp.capture_launch(self._graph)

    def check_limits(self) -> None:
        """Raise RuntimeError if contacts or constraints exceeded their limits since this was called last.

        It waits for the device, so `step` leaves it to `reset`, and to whoever is done with the copies.
        """
        counts = {limit: int((self._overflow & int(limit) != 0).sum()) for limit in mujoco_warp.OverflowType}
        self._overflow.zero_()
        exceeded = {limit: count for limit, count in counts.items() if count and not limit & _NO_LIMITS}
        if exceeded:
            limit, count = next(iter(exceeded.items()))
            raise RuntimeError(self._overflow_message(limit, count))

    def _overflow_message(self, limit: mujoco_warp.OverflowType, count: int) -> str:
        where = f"MuJoCo Warp ran out of room in {count} of {self.num_envs} copies, so their physics since the reset is wrong"
        if limit & _CONSTRAINTS:
            return f"{where}: more than njmax = {self.njmax} constraints in a copy; raise it, e.g. njmax: {2 * self.njmax}"
        if limit & _CONTACTS:
            more = f"raise it, e.g. nconmax: {2 * self.nconmax}"
            return f"{where}: more than nconmax = {self.nconmax} contacts a copy, on average of all; {more}"
        return f"{where}: its limit {limit.name}"

    def _view(self) -> None:
        data = self.data
        self.position, self.velocity = wp.to_torch(data.qpos), wp.to_torch(data.qvel)
        self.controls, self.sensors = wp.to_torch(data.ctrl), wp.to_torch(data.sensordata)
        self.frozen, self._overflow = wp.to_torch(self._frozen), wp.to_torch(data.overflow)
        self._start_view = wp.to_torch(self._start)

    def _capture(self) -> wp.Graph | None:
        # A graph must find its kernels compiled.
        self._advance()
        graph = None
        if self._device.is_cpu or wp.is_mempool_enabled(self._device):
            with wp.ScopedCapture(self._device) as capture:
                self._advance()
            graph = capture.graph
        wp.synchronize_device(self._device)
        return graph

    def _advance(self) -> None:
        # Before the first step, so that no broken state enters the collisions, whose store all copies share.
        self._guard(_ANY_SPEED)
        # As for the thread pool: the solver starts afresh with each control step, so nothing of a copy's past is hidden.
        self.data.qacc_warmstart.zero_()
        for _ in range(self._substeps):
            mujoco_warp.step(self._model, self.data)
            self._guard(self._max_speed)

    def _guard(self, max_speed: float) -> None:
        data = self.data
        outputs = [data.qpos, data.qvel, data.qacc_warmstart, self._frozen]
        wp.launch(freeze, dim=self.num_envs, inputs=[self._start, MAX_VALUE, max_speed], outputs=outputs)


def put_model(model: mujoco.MjModel) -> mujoco_warp.Model:
    """Return `model` on Warp's current device.

    Raises:
        NotImplementedError: MuJoCo Warp lacks something that the model has; the message names both.
    """
    ours = copy(model)
    # MuJoCo Warp never resets a state that blew up, and refuses the flag that says so.
    ours.opt.disableflags &= ~int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
    try:
        placed = mujoco_warp.put_model(ours)
    except NotImplementedError as error:
        name = model.names.split(b"\0")[0].decode()
        raise NotImplementedError(f"the model {name!r} cannot run on the backend mujoco-warp: {error}") from None
    placed.opt.warn_overflow = 0  # it would print, from inside the graph; check_limits raises instead
    return placed
