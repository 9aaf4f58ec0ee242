"""The Ant on MuJoCo C: all ants advance by one call into a thread pool."""

import numpy as np
import torch

from kmyriad.envs.ant.env import MAX_SPEED, AntEnv
from kmyriad.envs.ant.model import DECIMATION, build_spec, start_position
from kmyriad.envs.ant.observations import AntState
from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.ant.terrains import Terrain
from kmyriad.envs.mujoco_pool import MujocoPool

_POSITION, _VELOCITY = slice(1, 16), slice(16, 30)  # of MuJoCo's full physics state; entry 0 is the time


class MujocoAnt(AntEnv):
    """`num_envs` ants that start at one place and never touch one another; see `VecEnv`.

    `threads` physics threads (default: torch's); their number does not change a bit of the result. Physics steps are cut into
    `substeps`: what was learnt at the paper's coarse step can be checked at a finer one. The tensors live on
    `device`, the physics on the CPU. The wrench at the feet is that of the last of the 5 physics steps.
    """

    def __init__(
        self,
        num_envs: int,
        terrain: Terrain,
        task: GoalTask | None = None,
        threads: int | None = None,
        max_speed: float = MAX_SPEED,
        substeps: int = 1,
        device: str = "cpu",
    ) -> None:
        super().__init__(num_envs, terrain, task, max_speed, device)
        self.model = build_spec(terrain, substeps).compile()
        start = np.array([0.0, *start_position(), *np.zeros(self.model.nv)])
        self.sim = MujocoPool(self.model, num_envs, DECIMATION * substeps, start, threads)
        self.reset()

    def close(self) -> None:
        """End the thread pool."""
        self.sim.close()

    def _restart(self) -> None:
        self.sim.reset()

    def _simulate(self, actions: torch.Tensor) -> None:
        self.sim.step(actions.numpy(force=True))
        x, y, z = (self.sim.states[:, :, _VELOCITY.start + axis] for axis in range(3))
        self.sim.freeze(np.sqrt((x * x + y * y + z * z).max(axis=1)) > self.max_speed)

    def _state(self, previous_action: torch.Tensor) -> AntState:
        state = torch.from_numpy(self.sim.current).to(self.device, torch.float32)
        wrench = torch.from_numpy(self.sim.sensors[:, -1]).to(self.device, torch.float32)
        return AntState(state[:, _POSITION], state[:, _VELOCITY], wrench, previous_action)

    @property
    def _frozen(self) -> torch.Tensor:
        return torch.tensor(self.sim.frozen, device=self.device)
