"""The credit of the actions is the gradient of eq. 4: by hand, by autograd and by finite differences."""

import math

import pytest
import torch
from torch import Tensor

from kmyriad.estimators import entropy_and_credit, knn_entropy, particle_credit, weighted_knn_entropy

STEPS, ENVIRONMENTS, K = 7, 5, 4


def trajectories(d: int = 2, seed: int = 0) -> Tensor:
    """Random walks [T, m, d] from one place, so that neighbours lie in other environments and steps."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(STEPS, ENVIRONMENTS, d, generator=generator, dtype=torch.float64).cumsum(0)


def entropy_of_log_ratios(points: Tensor, log_ratios: Tensor) -> Tensor:
    """Eq. 4 with the weight of particle (t, i) the product of the ratios pi/beta of the actions up to t."""
    weights = log_ratios.cumsum(0).exp().flatten()
    return weighted_knn_entropy(points.flatten(0, 1), weights / weights.sum(), K)


def test_two_steps_of_two_environments_by_hand() -> None:
    # One environment goes from 0 to 1, the other from 3 to 7; k = 2, all W = 1/2. In the order 0, 1, 3, 7 of
    # the line, V = 6, 4, 6, 12, so log(W/V) = -log of 12, 8, 12, 24 and c = -(log(W/V) + 1)/2. The
    # neighbourhoods are (0, 1), (1, 0), (3, 1), (7, 3): who is in which gives C.
    c = [(math.log(inverse) - 1) / 2 for inverse in (12, 8, 12, 24)]
    received = [c[0] + c[1], c[0] + c[1] + c[2], c[2] + c[3], c[3]]
    at_0, at_1, at_3, at_7 = ((each - sum(received) / 4) / 4 for each in received)
    expected = torch.tensor([[at_0 + at_1, at_3 + at_7], [at_1, at_7]], dtype=torch.float64)
    points = torch.tensor([[[0.0], [3.0]], [[1.0], [7.0]]], dtype=torch.float64)
    torch.testing.assert_close(particle_credit(points, 2), expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize("d", [1, 2, 3, 12])
def test_credit_is_autograd_through_equation_four(d: int) -> None:
    points = trajectories(d)
    log_ratios = torch.zeros(STEPS, ENVIRONMENTS, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(entropy_of_log_ratios(points, log_ratios), log_ratios)
    error = (particle_credit(points, K) - gradient).norm() / gradient.norm()
    assert error < 1e-8


def test_credit_is_a_finite_difference() -> None:
    # Central differences err by h^2 H'''/6 + e |H|/h, about 1e-8 + 1e-11 for h = 1e-4, against credits near
    # 0.03.
    points, step = trajectories(), 1e-4
    credit = particle_credit(points, K)
    for t, i in ((0, 0), (3, 2), (STEPS - 1, ENVIRONMENTS - 1)):
        nudge = torch.zeros(STEPS, ENVIRONMENTS, dtype=torch.float64)
        nudge[t, i] = step
        difference = entropy_of_log_ratios(points, nudge) - entropy_of_log_ratios(points, -nudge)
        assert credit[t, i].item() == pytest.approx(difference.item() / (2 * step), abs=1e-6)


def test_following_the_credit_raises_the_entropy() -> None:
    points = trajectories()
    credit = particle_credit(points, K)
    before, after = (entropy_of_log_ratios(points, step * credit) for step in (0.0, 0.1))
    # To first order the gain is 0.1 |credit|^2.
    assert (after - before).item() == pytest.approx(0.1 * credit.square().sum().item(), rel=0.1)


def test_permuting_environments_permutes_the_credit() -> None:
    points, order = trajectories(), torch.tensor([3, 0, 4, 1, 2])
    permuted = particle_credit(points[:, order], K)
    torch.testing.assert_close(permuted, particle_credit(points, K)[:, order], rtol=1e-12, atol=1e-15)


def test_credit_of_all_particles_cancels() -> None:
    # Each row is a sum over later steps; their differences are the particles' own, and these sum to zero.
    credit = particle_credit(trajectories(), K)
    own = credit - torch.cat([credit[1:], torch.zeros(1, ENVIRONMENTS, dtype=torch.float64)])
    assert own.sum().item() == pytest.approx(0, abs=1e-15)


def test_entropy_beside_the_credit_is_equation_one() -> None:
    points = trajectories(3)
    entropy, credit = entropy_and_credit(points, K)
    assert torch.equal(entropy, knn_entropy(points.flatten(0, 1), K))
    assert torch.equal(credit, particle_credit(points, K))


def test_one_search_serves_both(monkeypatch: pytest.MonkeyPatch) -> None:
    from kmyriad.estimators import credit, neighbours

    calls = []
    monkeypatch.setattr(credit, "knn", lambda *args: calls.append(args) or neighbours.knn(*args))
    entropy_and_credit(trajectories(), K)
    assert len(calls) == 1


def test_same_bytes_each_time() -> None:
    points = trajectories().float()
    first, second = particle_credit(points, K), particle_credit(points, K)
    assert first.dtype == torch.float32
    assert first.numpy().tobytes() == second.numpy().tobytes()


def test_duplicates_keep_the_credit_finite() -> None:
    points = trajectories()
    points[:, :2] = points[:1, :1]  # two environments that never moved
    assert particle_credit(points, K).isfinite().all()


def test_bad_input_gets_one_line() -> None:
    with pytest.raises(ValueError, match=r"^points must have the shape \[T, m, d\], got \[35, 2\]; stack"):
        particle_credit(trajectories().flatten(0, 1), K)
    with pytest.raises(ValueError, match="k = 35 needs more than 35 points, got 35"):
        particle_credit(trajectories(), 35)
