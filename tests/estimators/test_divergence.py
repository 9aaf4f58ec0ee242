"""Divergences against closed forms, arithmetic by hand, and the invariances of KL."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kmyriad.estimators import knn_kl_divergence


def gaussian(n: int, d: int, seed: int) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def column(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)[:, None]


def test_by_hand() -> None:
    # p = 0, 1, 3: rho = 1, 1, 2. q = 0.5, 5, 9, 20: nu = 0.5, 0.5, 2.
    # D = (log 0.5 + log 0.5 + log 1)/3 + log(4/(3 - 1)) = -2/3 log 2 + log 2 = log(2)/3.
    divergence = knn_kl_divergence(column(0, 1, 3), column(0.5, 5, 9, 20), 1)
    assert divergence.item() == pytest.approx(math.log(2) / 3, rel=1e-14)


def test_in_the_plane_by_hand() -> None:
    # Corners of the unit square against the same square three times as large about the same centre, k = 2:
    # rho = 1; (0, 0) sees (-1, -1) at sqrt 2 and (2, -1), (-1, 2) at sqrt 5. D = 2 log sqrt 5 + log(4/3) =
    # log(20/3).
    p = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
    assert knn_kl_divergence(p, 3 * p - 1, 2).item() == pytest.approx(math.log(20 / 3), rel=1e-14)


@pytest.mark.parametrize(("d", "shift", "scale"), [(1, 1.0, 1.0), (1, 0.0, 2.0), (2, 0.7, 1.5), (3, 0.5, 1.2)])
def test_gaussians(d: int, shift: float, scale: float) -> None:
    # KL(N(0, I) || N(b, s^2 I)) = d log s + (d + |b|^2)/(2 s^2) - d/2. The mean of 6000 log ratios, whose
    # variance is that of log p/q (< 1) + 2 psi'(5) = 0.44, has sigma < 0.016; a bias of the order of
    # (k/n)^(2/d) adds < 0.03.
    p, q = gaussian(6000, d, 1), shift + scale * gaussian(6000, d, 2)
    expected = d * math.log(scale) + (d + d * shift**2) / (2 * scale**2) - d / 2
    assert knn_kl_divergence(p, q, 5).item() == pytest.approx(expected, abs=4 * 0.016 + 0.03)


def test_direction_matters() -> None:
    # The first example the other way: rho = 4.5, 4, 4, 11 and nu = 0.5, 2, 6, 17; log(3/(4 - 1)) = 0.
    divergence = knn_kl_divergence(column(0.5, 5, 9, 20), column(0, 1, 3), 1)
    assert divergence.item() == pytest.approx(math.log(0.5 / 4.5 * 2 / 4 * 6 / 4 * 17 / 11) / 4, rel=1e-14)


@pytest.mark.parametrize("sizes", [(4000, 4000), (1000, 6000), (6000, 1000)])
def test_two_samples_of_one_density(sizes: tuple[int, int]) -> None:
    # Zero whatever the sizes, for which log(m/(n-1)) accounts. A log ratio has the variance 2 psi'(5) = 0.44;
    # at most min(n, m) are independent, and half of these in effect, because neighbours share particles.
    sigma = math.sqrt(2 * 0.44 / min(sizes))
    estimate = knn_kl_divergence(gaussian(sizes[0], 2, 3), gaussian(sizes[1], 2, 4), 5)
    assert estimate.item() == pytest.approx(0, abs=4 * sigma)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.integers(0, 2**31), st.integers(1, 10), st.sampled_from([2.0**-9, 1.0, 2.0**7]), st.integers(-64, 64))
def test_moving_both_sets_changes_nothing(seed: int, d: int, scale: float, shift: int) -> None:
    # KL is invariant to any map applied to both; integers times powers of two make the distances scale
    # exactly.
    generator = torch.Generator().manual_seed(seed)
    p, q = (torch.randint(-99, 100, (n, d), generator=generator).double() for n in (20, 30))
    moved = knn_kl_divergence(scale * (p + shift), scale * (q + shift), 3)
    reordered = knn_kl_divergence(p.flip(0), q.roll(7, 0), 3)
    expected = pytest.approx(knn_kl_divergence(p, q, 3).item(), rel=1e-12, abs=1e-12)
    assert moved.item() == expected
    assert reordered.item() == expected


def test_duplicates() -> None:
    # Pairs at 0, 0, 1, 1 and q = 0, 0.5, 3: rho = 0, 0, 0, 0 and nu = 0, 0, 0.5, 0.5. The zeros become 0.5,
    # the smallest other distance of both, all ratios 1, and D = log(3/(4 - 1)) = 0.
    assert knn_kl_divergence(column(0, 0, 1, 1), column(0, 0.5, 3), 1).item() == pytest.approx(0, abs=1e-15)


def test_result_has_the_dtype_of_p() -> None:
    assert knn_kl_divergence(gaussian(50, 2, 1).float(), gaussian(60, 2, 2), 5).dtype == torch.float32


def test_bad_input_names_the_set() -> None:
    good = gaussian(10, 2, 1)
    with pytest.raises(ValueError, match="^p have 2 features but q 3; give both the same$"):
        knn_kl_divergence(good, gaussian(10, 3, 1), 2)
    with pytest.raises(ValueError, match="^10 of 10 rows of q are not finite"):
        knn_kl_divergence(good, good / 0, 2)
    with pytest.raises(ValueError, match=r"^p must have the shape \[N, d\], got \[10\]"):
        knn_kl_divergence(good[:, 0], good, 2)
    with pytest.raises(ValueError, match="^k = 10 needs more than 10 points, got 10; lower k"):
        knn_kl_divergence(good, gaussian(20, 2, 2), 10)
    with pytest.raises(ValueError, match="^k = 6 needs at least 6 points, got 5; lower k"):
        knn_kl_divergence(good, good[:5], 6)
    with pytest.raises(ValueError, match="^all k-th neighbour distances are 0"):
        knn_kl_divergence(torch.ones(9, 2), torch.ones(9, 2), 2)
