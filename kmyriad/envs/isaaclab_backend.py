"""The Ant on Isaac Lab: Isaac Sim's PhysX on a GPU advances all ants. The task itself is `kmyriad.envs.isaaclab`."""

import signal
import sys
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import torch

from kmyriad.envs.ant.env import MAX_SPEED, AntEnv
from kmyriad.envs.ant.observations import FEATURE_NAMES, AntState
from kmyriad.envs.ant.tasks import GoalTask
from kmyriad.envs.ant.terrains import Terrain

if TYPE_CHECKING:
    from isaaclab.envs import ManagerBasedRLEnv

INSTALL = (
    "pip install 'isaaclab[isaacsim]==2.3.2.post1' --extra-index-url https://pypi.nvidia.com"
    " && pip install --editable '.[pipeline,isaaclab]'"
)
"""Two commands, in an environment of their own: see docs/simulators.md."""
_WRENCH = torch.tensor([name.startswith(("force_", "torque_")) for name in FEATURE_NAMES])
_VELOCITY = slice(FEATURE_NAMES.index("velocity_x"), FEATURE_NAMES.index("velocity_z") + 1)


class IsaacLabAnt(AntEnv):
    """The ants of a manager-based environment of Isaac Lab, which `kmyriad.envs.isaaclab` configures; see `VecEnv`.

    The features are those of Isaac Lab's own terms. The tensors live on `device`, the physics where `env` runs.
    """

    def __init__(
        self, env: "ManagerBasedRLEnv", terrain: Terrain, task: GoalTask, max_speed: float = MAX_SPEED, device: str = "cpu"
    ) -> None:
        super().__init__(env.num_envs, terrain, task, max_speed, device)
        self.env = env
        self.reset()

    def findings(self) -> list[str]:
        """Return what only the running simulator shows, in lines; see `kmyriad.envs.isaaclab.findings`."""
        from kmyriad.envs.isaaclab.findings import findings

        return findings(self.env, self.task.target)

    def close(self) -> None:
        """End the environment. Isaac Sim keeps running: to close it would end this process with exit code 0, whatever it did."""
        self.env.close()

    def _restart(self) -> None:
        observations, _ = self.env.reset()
        # PhysX still reports the joint forces of the step before the reset.
        self._features = observations["policy"].masked_fill(_WRENCH.to(self.env.device), 0.0)
        self._failed = torch.zeros(self.num_envs, dtype=torch.bool, device=self.env.device)

    def _simulate(self, actions: torch.Tensor) -> None:
        # The caller decides when an episode ends. At its own time limit Isaac Lab would reset the ants before it observes them.
        self.env.episode_length_buf.zero_()
        held = actions.to(self.env.device, torch.float32).masked_fill(self._failed[:, None], 0.0)
        self._features = self.env.step(held)[0]["policy"]
        self._freeze(self._failures() & ~self._failed)

    def _failures(self) -> torch.Tensor:
        """Return which ants [m] are not finite now, or were faster than `max_speed` at any physics step."""
        from kmyriad.envs.isaaclab.actions import watch

        before = watch(self.env.action_manager.get_term("joint_effort"))
        speed = torch.maximum(before, self._features[:, _VELOCITY].norm(dim=1))
        # Written so that NaN counts as failed.
        return ~((speed <= self.max_speed) & self._features.isfinite().all(dim=1))

    def _freeze(self, failed: torch.Tensor) -> None:
        """Freeze the ants `failed` [m]; they wait at the start, where they do the solver no harm."""
        if failed.any():
            self._failed |= failed
            self.env.reset(env_ids=failed.nonzero().squeeze(1))

    def _state(self, previous_action: torch.Tensor) -> AntState:
        from kmyriad.envs.isaaclab.state import ant_state

        return ant_state(self.env, previous_action)

    def _observe(self, previous_action: torch.Tensor) -> torch.Tensor:
        return self._features.to(self.device)

    @property
    def _frozen(self) -> torch.Tensor:
        return self._failed.to(self.device, copy=True)


def make_ants(
    num_envs: int, terrain: Terrain, task: GoalTask, max_speed: float, device: str, generator_seed: int | None = None
) -> IsaacLabAnt:
    """Start Isaac Sim if it is not running, and return the ants on `terrain`; see `IsaacLabAnt`.

    The physics runs on `device` if that is a GPU, else on the first one. `generator_seed` asks for ground of Isaac Lab's own.

    Raises:
        ModuleNotFoundError: Isaac Lab or Isaac Sim is not installed; the message has the command.
        ValueError: a `generator_seed` for a terrain other than the pyramids and the cave.
    """
    require()
    simulator_device = device if device.startswith("cuda") else "cuda:0"
    _start(simulator_device)
    import isaaclab.sim as sim_utils
    from isaaclab.envs import ManagerBasedRLEnv

    from kmyriad.envs.isaaclab.environment import configure

    cfg = configure(num_envs, terrain, task, simulator_device, generator_seed)
    # Nothing of an earlier environment of this process may stay on the stage.
    sim_utils.create_new_stage()
    return IsaacLabAnt(ManagerBasedRLEnv(cfg), terrain, task, max_speed, device)


def require() -> None:
    """Raise ModuleNotFoundError with the command that installs them unless Isaac Lab and Isaac Sim are there."""
    missing = [name for name, module in (("Isaac Lab", "isaaclab"), ("Isaac Sim", "isaacsim")) if find_spec(module) is None]
    if missing:
        raise ModuleNotFoundError(f"{' and '.join(missing)} not installed; in a new Python 3.11 environment run: {INSTALL}")


@cache
def _start(device: str) -> None:
    """Start Isaac Sim's application, once in a process and before any other import of Isaac Lab."""
    from isaaclab.app import AppLauncher

    arguments, stdout = sys.argv, sys.stdout
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    sys.argv = arguments[:1]  # the application would read ours
    AppLauncher(headless=True, device=device)
    sys.argv, sys.stdout = arguments, stdout
    # Its own handlers end the process with exit code 0: a killed job would pass for a finished one.
    for number, handler in handlers.items():
        signal.signal(number, handler)
