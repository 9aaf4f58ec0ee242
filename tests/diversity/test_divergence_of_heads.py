"""KL between heads: zero for heads that do the same, growing as they are pulled apart."""

import math

import pytest
import torch

from kmyriad.diversity import divergence_by_chance, divergence_of_heads


def gaussian_heads(distance: float, heads: int = 2, steps: int = 400, envs_per_head: int = 10) -> torch.Tensor:
    """Return particles [T, m, 2] of unit Gaussians, head i centred at x = i * distance."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(steps, heads * envs_per_head, 2, generator=generator, dtype=torch.float64)
    noise[..., 0] += distance * torch.arange(heads).repeat_interleave(envs_per_head)
    return noise


def test_two_gaussians_have_the_closed_form() -> None:
    # KL(N(0, 1) || N(1.5, 1)) = 1.5^2 / 2 = 1.125 nats, both ways; 4000 samples each give about +-0.04.
    kl = divergence_of_heads(gaussian_heads(1.5), heads=2, k=5)
    assert kl.tolist() == pytest.approx([1.125, 1.125], abs=0.12)


def test_equal_heads_have_none() -> None:
    kl = divergence_of_heads(gaussian_heads(0.0, heads=4), heads=4, k=5)
    assert kl.abs().max() < 0.08


def test_grows_as_heads_are_pulled_apart() -> None:
    means = [divergence_of_heads(gaussian_heads(distance, heads=3), 3, 5).mean().item() for distance in (0.0, 0.5, 1.0, 2.0)]
    assert means == sorted(means)
    assert means[-1] > means[0] + 0.5


def test_far_head_against_a_mixture() -> None:
    # Heads at 0, 0 and far away: the first two see half of the pool around themselves, so KL = log 2; 8000 in the pool.
    particles = gaussian_heads(0.0, heads=3)
    particles[:, 20:, 0] += 1000.0
    kl = divergence_of_heads(particles, 3, 5)
    assert kl[:2].tolist() == pytest.approx([math.log(2)] * 2, abs=0.06)
    assert kl[2] > 5


def test_order_of_environments_within_a_head_does_not_matter() -> None:
    particles = gaussian_heads(1.0)
    shuffled = particles[:, [*reversed(range(10)), *reversed(range(10, 20))]]
    assert torch.allclose(divergence_of_heads(particles, 2, 5), divergence_of_heads(shuffled, 2, 5))


@pytest.mark.slow(4)
@pytest.mark.parametrize(("heads", "k", "words"), [(1, 5, "at least 2 heads"), (3, 5, "do not divide 20"), (2, 4000, "4000")])
def test_errors(heads: int, k: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        divergence_of_heads(gaussian_heads(0.0), heads, k)


def test_heads_apart_diverge_by_more_than_chance() -> None:
    """Two heads 3 m apart, ten trajectories each that stay where they are: dealt at random they lie among one another."""
    points = torch.randn(1, 20, 2, generator=torch.Generator().manual_seed(0)) * 0.5
    points[:, 10:] += 3
    path = points + 0.05 * torch.randn(30, 20, 2, generator=torch.Generator().manual_seed(1))
    played = float(divergence_of_heads(path, 2, 5).mean())
    assert played > float(divergence_by_chance(path, 2, 5).mean()) + 1


def test_dealt_at_random_nothing_is_left_of_the_heads() -> None:
    # Independent samples have no trajectories that stay near themselves, so chance adds nothing: 0, where the heads have 1.125.
    assert divergence_by_chance(gaussian_heads(1.5), 2, 5).tolist() == pytest.approx([0, 0], abs=0.08)
