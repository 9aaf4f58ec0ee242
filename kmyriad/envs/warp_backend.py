"""The Ant on MuJoCo Warp: all ants advance on the GPU (or, slowly, the CPU) by one launch of a captured graph."""

from typing import TYPE_CHECKING

import torch

from kmyriad.envs.ant.env import MAX_SPEED, AntEnv
from kmyriad.envs.ant.model import DECIMATION, build_spec, start_position
from kmyriad.envs.ant.observations import AntState
from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.ant.terrains import Terrain

if TYPE_CHECKING:
    from kmyriad.envs.warp_pool import WarpPool

NCONMAX, NJMAX = 48, 96
"""Contacts and constraints for each ant. Of 300 ants dropped all over each terrain, in any pose, under random full torques for
120 control steps, none had more than 18 contacts and 58 constraints, and all together 4.4 pairs of geoms near contact each."""


class WarpAnt(AntEnv):
    """`num_envs` ants that start at one place and never touch one another; see `VecEnv`.

    Physics and tensors live on `device`, "cpu" or "cuda"; `step` waits for nothing there. The physics is that of `MujocoAnt`
    in single precision: one physics step from the same state agrees to 1e-5 in position, 1e-3 in velocity and 1e-2 in the
    wrench, but contacts magnify differences, so that trajectories agree in their statistics only. The wrench at the feet is
    that of the last of the 5 physics steps. The same actions give the same bytes again on the CPU; a GPU may add the forces
    of an ant's contacts in another order.

    `nconmax` and `njmax` are the limits of `WarpPool`, default NCONMAX and NJMAX. Where they are exceeded, contacts are
    missing: the next `reset` or `close` raises RuntimeError, and what was observed since the last `reset` is void.

    Raises:
        ValueError: there is no such device, or it has too little memory.
    """

    sim: "WarpPool"

    def __init__(
        self,
        num_envs: int,
        terrain: Terrain,
        task: GoalTask | None = None,
        max_speed: float = MAX_SPEED,
        device: str = "cpu",
        nconmax: int = NCONMAX,
        njmax: int = NJMAX,
    ) -> None:
        from kmyriad.envs.warp_pool import WarpPool

        super().__init__(num_envs, terrain, task, max_speed, device)
        self.model = build_spec(terrain).compile()
        self.sim = WarpPool(self.model, num_envs, DECIMATION, start_position(), max_speed, device, nconmax, njmax)
        self.reset()

    def close(self) -> None:
        """Check the limits for the steps since the last `reset`; the memory goes with the object."""
        self.sim.check_limits()

    def _restart(self) -> None:
        self.sim.reset()

    def _simulate(self, actions: torch.Tensor) -> None:
        self.sim.step(actions)

    def _state(self, previous_action: torch.Tensor) -> AntState:
        return AntState(self.sim.position, self.sim.velocity, self.sim.sensors, previous_action)

    @property
    def _frozen(self) -> torch.Tensor:
        return self.sim.frozen.clone()
