"""On another device than the CPU: every tensor of an update is there, and no update waits for its answer.

There need be no GPU: torch's fake tensors have a device and shapes but no numbers, refuse to meet tensors on another device, and
cannot say whether a condition on numbers holds. Their device is one that torch lets programs add.
"""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

from kmyriad.collaborative import CollaborativeTraining
from kmyriad.collaborative.meter import Meter
from kmyriad.collaborative.placement import PlacedPool
from kmyriad.collaborative.tasks.pool import SeedOf, Step
from kmyriad.settings.collaborative.arm import ARMS, CollaborativeSettings, arm_settings

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
ON_STATES = [arm for arm in ARMS if arm not in ("dqn", "drq", "a2c")]


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


@pytest.fixture(scope="module")
def elsewhere() -> torch.device:
    """A device that nothing computes on."""
    _setup_privateuseone_for_python_backend("elsewhere")
    return torch.device("elsewhere:0")


@pytest.fixture
def without_numbers() -> Iterator[None]:
    with FakeTensorMode():
        yield


def started(arm: str, device: torch.device) -> CollaborativeTraining:
    """Return a training whose replay holds some steps."""
    settings = arm_settings(arm, SMALL)
    training = CollaborativeTraining("still", settings, [3, 4], Still, device=str(device))
    with device:
        for _ in range(30):
            training.replay.add(*steps(training))
    return training


def steps(training: CollaborativeTraining) -> list[Tensor]:
    """Return what a step of all agents adds to the replay."""
    shape = 2, training.settings.agents
    obs, action = torch.zeros(*shape, 3), torch.zeros(*shape, 2)
    return [obs, action, torch.zeros(shape), torch.ones(shape), obs, torch.zeros(shape, dtype=torch.bool)]


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize("arm", ON_STATES)
def test_an_update_is_on_one_device_and_waits_for_nothing(arm: str, elsewhere: torch.device) -> None:
    training, meter = started(arm, elsewhere), Meter(2)
    with elsewhere:
        training._update(meter)
    assert meter.mean("critic_loss").device == elsewhere
    for name, value in training.state_dict().items():
        # Where random numbers come from, where the tasks are, and the program's own counters.
        apart = name.startswith(("streams.", "pool.")) or name in ("next_epoch", "updates", "replay.steps", "replay.first")
        assert apart or value.device == elsewhere, name


@pytest.mark.usefixtures("without_numbers")
def test_what_waits_and_what_is_apart_is_found(elsewhere: torch.device) -> None:
    there = torch.zeros(3, device=elsewhere)
    with pytest.raises(DataDependentOutputException):
        bool(there.any())
    with pytest.raises(RuntimeError, match="at least two devices"):
        there + torch.zeros(3)


@pytest.mark.usefixtures("without_numbers")
def test_tasks_stay_on_the_cpu(elsewhere: torch.device) -> None:
    pool = PlacedPool(Still, 4, elsewhere)
    assert pool.reset(lambda place, episode: 0).device == elsewhere
    assert {each.device for each in pool.step(torch.zeros(4, 2, device=elsewhere))} == {elsewhere}
    assert pool.load_state_dict({"time": torch.zeros((), device=elsewhere)}, lambda place, episode: 0).device == elsewhere


def test_a_gpu_that_is_not_there_is_named() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ValueError, match=r"^device 'cuda:0': PyTorch finds no CUDA GPU here; set the device to cpu"):
        CollaborativeTraining("maze", SMALL, [3], device="cuda:0")


def test_without_a_gpu_auto_is_the_cpu() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert CollaborativeTraining("maze", SMALL, [3], device="auto").device == torch.device("cpu")
