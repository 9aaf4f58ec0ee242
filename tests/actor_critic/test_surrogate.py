"""The clipped surrogate and the entropy of a Gaussian, by hand."""

import math

import pytest
import torch
from torch.distributions import Normal

from kmyriad.actor_critic.surrogate import clipped_surrogate, gaussian_entropy

CASES = [
    # ratio, advantage -> surrogate, its derivative by the ratio, at eps = 0.2
    (1.0, 3.0, 3.0, 3.0),
    (1.1, 2.0, 2.2, 2.0),
    (1.5, 2.0, 2.4, 0.0),  # min(3, 1.2 * 2): the gain is taken, no further
    (0.5, 2.0, 1.0, 2.0),  # min(1, 0.8 * 2): a mistake can always be undone
    (0.9, -2.0, -1.8, -2.0),
    (0.5, -2.0, -1.6, 0.0),  # min(-1, 0.8 * -2)
    (1.5, -2.0, -3.0, -2.0),  # min(-3, 1.2 * -2)
    (1.5, 0.0, 0.0, 0.0),
]


@pytest.mark.parametrize(("ratio", "advantage", "expected", "slope"), CASES)
def test_the_clipped_surrogate_by_hand(ratio: float, advantage: float, expected: float, slope: float) -> None:
    log_ratio = torch.tensor([ratio], dtype=torch.float64).log().requires_grad_()
    found = clipped_surrogate(log_ratio, torch.tensor([advantage], dtype=torch.float64), 0.2)
    (gradient,) = torch.autograd.grad(found.sum(), log_ratio)
    assert found.item() == pytest.approx(expected)
    assert gradient.item() == pytest.approx(slope * ratio)  # d ratio / d log ratio = ratio


@pytest.mark.slow(3)
def test_the_entropy_by_hand() -> None:
    # N(0, 1) has log(2 pi e) / 2 = 1.4189 nats; twice the deviation adds log 2.
    found = gaussian_entropy(torch.tensor([[0.0], [math.log(2)]]))
    torch.testing.assert_close(found, torch.tensor([1.418939, 1.418939 + math.log(2)]))


@pytest.mark.slow(3)
def test_entropies_of_components_add_up() -> None:
    log_std = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(gaussian_entropy(log_std), Normal(0.0, log_std.exp()).entropy().sum(-1))
