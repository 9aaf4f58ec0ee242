"""What stops training, and which environments' states are kept of it."""

import pytest
import torch

from kmyriad.rollout import TrainingFailure, Trajectory, simulation_fault


def trajectory(envs: int = 4, frozen: tuple[int, ...] = ()) -> Trajectory:
    """Three steps whose observations and actions are the number of their environment."""
    numbers = torch.arange(float(envs))[:, None]
    found = Trajectory(
        numbers.repeat(4, 1, 2), numbers.repeat(3, 1, 1), torch.zeros(3, envs), torch.zeros(envs, dtype=torch.bool)
    )
    found.frozen[list(frozen)] = True
    return found


def test_sound_simulation() -> None:
    assert simulation_fault(trajectory(), "freeze") is None
    assert simulation_fault(trajectory(), "stop") is None


def test_failed_environments_are_left_out_or_stop() -> None:
    assert simulation_fault(trajectory(frozen=(1, 3)), "freeze") is None
    what, suspects = simulation_fault(trajectory(frozen=(1, 3)), "stop")
    assert what == "on_failure is 'stop' and 2 of 4 environments failed in the simulation"
    assert suspects.tolist() == [False, True, False, True]


@pytest.mark.parametrize("on_failure", ["freeze", "stop"])
def test_all_failed(on_failure: str) -> None:
    what, suspects = simulation_fault(trajectory(frozen=(0, 1, 2, 3)), on_failure)
    assert what == "all 4 environments failed in the simulation"
    assert suspects.all()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_observations_that_are_not_finite(value: float) -> None:
    found = trajectory(frozen=(0,))
    found.obs[2, 0, 0] = value  # of a frozen environment: left out
    assert simulation_fault(found, "freeze") is None
    found.obs[3, 2, 1] = value
    what, suspects = simulation_fault(found, "freeze")
    assert what == "1 of 4 environments have observations that are not finite"
    assert suspects.tolist() == [False, False, True, False]


def test_failure_keeps_the_suspects() -> None:
    failure = TrainingFailure("why", trajectory(frozen=(3,)), torch.tensor([False, True, False, True]), seed=7)
    assert (str(failure), failure.facts) == ("why", {"seed": 7, "offending": 2})
    assert failure.tensors["environments"].tolist() == [1, 3]
    assert failure.tensors["frozen"].tolist() == [False, True]
    assert failure.tensors["obs"].shape == (4, 2, 2) and failure.tensors["u"].shape == (3, 2, 1)
    assert failure.tensors["obs"][0, :, 0].tolist() == failure.tensors["u"][2, :, 0].tolist() == [1.0, 3.0]


def test_failure_without_suspects_keeps_the_first_of_all() -> None:
    failure = TrainingFailure("why", trajectory(envs=20), torch.zeros(20, dtype=torch.bool))
    assert failure.facts == {"offending": 20}
    assert failure.tensors["environments"].tolist() == list(range(8))
