"""Updates on a device that nothing computes on, as a program: torch takes such a device only before the first backward pass.

Prints a JSON object: what went wrong with each arm's update, "" where nothing did.
"""

import json
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

from kmyriad.collaborative import CollaborativeTraining
from kmyriad.collaborative.meter import Meter
from kmyriad.collaborative.placement import PlacedPool
from kmyriad.collaborative.tasks.pool import SeedOf, Step
from kmyriad.settings.collaborative.arm import ARMS, CollaborativeSettings, arm_settings

DEVICE = torch.device("privateuseone:0")
"""What torch calls it until `main` gives it a name."""
SMALL = CollaborativeSettings.model_validate(
    {
        "agents": 2,
        "env_steps": 400,
        "seed_steps": 20,
        "updates_per_step": 0.5,
        "sac": {"actor": [8, 8], "critic": [8, 8], "batch": 10, "buffer": 400},
        "reward": {"bank": 4, "k": 2, "encoder_widths": [6, 4]},
        "rnd": {"widths": [6]},
        "diayn": {"widths": [6], "skills": 2},
        "evaluation": {"interval": 200, "episodes": 1, "last": 1},
    }
)
ON_STATES = [arm for arm in ARMS if arm not in ("dqn", "drq")]
"""Those that see no pictures."""


class Still:
    """Copies in which nothing happens; see `Pool`."""

    def __init__(self, copies: int) -> None:
        self.num_envs, self.obs_dim, self.action_dim, self.horizon = copies, 3, 2, 50

    def reset(self, seed_of: SeedOf) -> Tensor:
        return torch.zeros(self.num_envs, 3)

    def step(self, actions: Tensor) -> Step:
        assert actions.device.type == "cpu"
        some = torch.zeros(self.num_envs)
        return Step(torch.zeros(self.num_envs, 3), some, some + 1, some > 0, torch.zeros(self.num_envs, 3))

    def state_dict(self) -> dict[str, Tensor]:
        return {"time": torch.zeros(())}

    def load_state_dict(self, state: dict[str, Tensor], seed_of: SeedOf) -> Tensor:
        assert state["time"].device.type == "cpu"
        return self.reset(seed_of)


def update(arm: str) -> None:
    """Make one update from a replay with some steps, and look where everything is."""
    settings, meter = arm_settings(arm, SMALL), Meter(2)
    training = CollaborativeTraining("still", settings, [3, 4], Still, device=str(DEVICE))
    shape = 2, settings.agents
    with DEVICE:
        obs, number = torch.zeros(*shape, 3), torch.zeros(shape)
        for _ in range(30):
            training.replay.add(obs, torch.zeros(*shape, 2), number, number + 1, obs, number > 0)
        training._update(meter)
    assert meter.mean("critic_loss").device == DEVICE
    for name, value in training.state_dict().items():
        # Where random numbers come from, where the tasks are, and the program's own counters.
        apart = name.startswith(("streams.", "pool.")) or name in ("next_epoch", "updates", "replay.steps", "replay.first")
        assert apart or value.device == DEVICE, f"{name} is on {value.device}"


def tasks() -> None:
    """Step and restore a pool, which must be on the CPU whatever is asked of it."""
    pool = PlacedPool(Still, 4, DEVICE)
    assert pool.reset(lambda place, episode: 0).device == DEVICE
    assert {each.device for each in pool.step(torch.zeros(4, 2, device=DEVICE))} == {DEVICE}
    assert pool.load_state_dict({"time": torch.zeros((), device=DEVICE)}, lambda place, episode: 0).device == DEVICE


def waiting() -> None:
    """Ask for a number."""
    bool(torch.zeros(3, device=DEVICE).any())


def mixing() -> None:
    """Add tensors of two devices."""
    torch.zeros(3, device=DEVICE) + torch.zeros(3)


def main() -> None:
    """Run everything and print what went wrong."""
    _setup_privateuseone_for_python_backend("elsewhere")
    checks: dict[str, Callable[[], None]] = {"tasks": tasks, "waiting": waiting, "mixing": mixing}
    checks |= {arm: partial(update, arm) for arm in ON_STATES}
    found = {}
    for name, check in checks.items():
        try:
            with FakeTensorMode():
                check()
            found[name] = ""
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"
    print(json.dumps(found))


if __name__ == "__main__":
    main()
