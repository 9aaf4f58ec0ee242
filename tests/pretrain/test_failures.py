"""A run that cannot learn stops with one line, and the policy stays as it was."""

import pytest
import torch

from kmyriad.pretrain import Pretraining
from kmyriad.rollout import TrainingFailure
from kmyriad.settings import PretrainSettings


class Still:
    """Points drawn anew at each step; the simulations of the first `failed` of four have failed, `broken` shows NaN."""

    num_envs, obs_dim, action_dim, feature_names, device = 4, 2, 1, ("x", "y"), "cpu"

    def __init__(self, failed: int, broken: int | None = None) -> None:
        self.failed, self.broken = failed, broken

    def reset(self, seed: int | None = None) -> torch.Tensor:
        self.generator = torch.Generator().manual_seed(0)
        return torch.rand(4, 2, generator=self.generator)

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        obs = torch.rand(4, 2, generator=self.generator)
        if self.broken is not None:
            obs[self.broken, 1] = torch.nan
        return obs, torch.zeros(4), {"frozen": torch.arange(4) < self.failed}

    def close(self) -> None:
        pass


def run(failed: int = 0, broken: int | None = None, on_failure: str = "freeze") -> Pretraining:
    settings = PretrainSettings(envs=4, horizon=6, k=2, trunk=(4,), adapter=4, on_failure=on_failure)
    return Pretraining(Still(failed, broken), settings, 1, ["x", "y"], seed=7)


def unchanged(training: Pretraining) -> bool:
    fresh = run().policy.state_dict()
    return all(torch.equal(value, fresh[name]) for name, value in training.policy.state_dict().items())


def test_every_simulation_failed() -> None:
    training = run(failed=4)
    with pytest.raises(TrainingFailure, match=r"all 4 environments failed in the simulation in epoch 0 \(seed 7\)"):
        training.run_epoch()
    assert unchanged(training)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_gradient_that_is_not_finite(value: float) -> None:
    training = run()
    factor = torch.zeros(6, 4)
    factor[3, 2] = value
    training.objective = lambda particles, k: (torch.tensor(0.0), factor)
    with pytest.raises(TrainingFailure, match=r"the norm of the gradient is (nan|inf) in epoch 0 \(seed 7\)") as caught:
        training.run_epoch()
    assert unchanged(training)
    assert training.next_epoch == 0
    assert caught.value.tensors["environments"].tolist() == [2]


def test_one_failed_simulation_is_left_out_or_stops() -> None:
    assert run(failed=1).run_epoch().frozen_envs == 1
    training = run(failed=1, on_failure="stop")
    message = r"on_failure is 'stop' and 1 of 4 environments failed in the simulation in epoch 0 \(seed 7\); the last saved state"
    with pytest.raises(TrainingFailure, match=message) as caught:
        training.run_epoch()
    assert unchanged(training)
    assert caught.value.facts == {"seed": 7, "epoch": 0, "offending": 1}
    assert caught.value.tensors["obs"].shape == (7, 1, 2)


def test_simulator_that_hides_its_failure() -> None:
    training = run(broken=3)
    with pytest.raises(TrainingFailure, match="1 of 4 environments have observations that are not finite in epoch 0") as caught:
        training.run_epoch()
    assert unchanged(training)
    assert caught.value.tensors["environments"].tolist() == [3]
