"""A run that cannot learn stops with one line, and the policy stays as it was."""

import pytest
import torch

from kmyriad.pretrain import Pretraining
from kmyriad.settings import PretrainSettings


class Still:
    """Points drawn anew at each step; the simulation of all has failed if `failed`."""

    num_envs, obs_dim, action_dim, feature_names = 4, 2, 1, ("x", "y")

    def __init__(self, failed: bool) -> None:
        self.failed = failed

    def reset(self, seed: int | None = None) -> torch.Tensor:
        self.generator = torch.Generator().manual_seed(0)
        return torch.rand(4, 2, generator=self.generator)

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        frozen = torch.full((4,), self.failed)
        return torch.rand(4, 2, generator=self.generator), torch.zeros(4), {"frozen": frozen}

    def close(self) -> None:
        pass


def run(failed: bool) -> Pretraining:
    settings = PretrainSettings(envs=4, horizon=6, k=2, trunk=(4,), adapter=4)
    return Pretraining(Still(failed), settings, 1, ["x", "y"], seed=7)


def unchanged(training: Pretraining) -> bool:
    fresh = run(failed=False).policy.state_dict()
    return all(torch.equal(value, fresh[name]) for name, value in training.policy.state_dict().items())


def test_every_simulation_failed() -> None:
    training = run(failed=True)
    with pytest.raises(RuntimeError, match=r"all 4 environments failed in the simulation in epoch 0 \(seed 7\)"):
        training.run_epoch()
    assert unchanged(training)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_gradient_that_is_not_finite(value: float) -> None:
    training = run(failed=False)
    training.objective = lambda particles, k: (torch.tensor(0.0), torch.full(particles.shape[:2], value))
    with pytest.raises(RuntimeError, match=r"the norm of the gradient is (nan|inf) in epoch 0 \(seed 7\)"):
        training.run_epoch()
    assert unchanged(training)
    assert training.next_epoch == 0
