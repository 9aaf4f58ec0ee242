"""Brute force is exact where |x|^2 + |y|^2 - 2 x.y is not: far from the origin, in coarse arithmetic."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kmyriad.estimators import knn, neighbours_torch
from kmyriad.estimators.neighbours_torch import Products, brute_force, smallest

FAR = 1e4
SPACING = 1e-2


def clusters(count: int, d: int, size: int = 100) -> Tensor:
    """Points SPACING apart in clusters FAR from the origin: in float32, |x|^2 has long lost SPACING^2."""
    generator = torch.Generator().manual_seed(7)
    centres = FAR * torch.randint(-1, 2, (count, d), generator=generator) + FAR
    return (centres.repeat_interleave(size, 0) + SPACING * torch.randn(count * size, d, generator=generator)).float()


def exact(points: Tensor, k: int) -> Tensor:
    """The k smallest distances to other points, from float64 differences of the float32 points."""
    table = (points.double()[:, None] - points.double()).square().sum(-1).sqrt().fill_diagonal_(torch.inf)
    return table.sort(1).values[:, :k]


def certified(points: Tensor, precision: torch.dtype, k: int = 6) -> float:
    """The share of rows that a stage of products certifies."""
    points = points.double()
    centre = points.mean(0)
    return Products(points, centre, (points - centre).abs().max(), precision)(points, k)[2].double().mean().item()


@pytest.mark.parametrize("d", [2, 8, 16, 62])
@pytest.mark.parametrize("count", [1, 4])
def test_far_clusters(count: int, d: int) -> None:
    points = clusters(count, d)
    torch.testing.assert_close(knn(points, 5, "torch")[0].double(), exact(points, 5), rtol=2e-7, atol=0)


def test_the_naive_product_would_fail() -> None:
    # Rounding |x|^2 = 16 * 1e8 in float32 moves it by up to 64, against squared distances near 16 * 2 * 1e-4.
    points = clusters(1, 16)
    norms = points.square().sum(1)
    naive = (norms[:, None] + norms - 2 * points @ points.T).fill_diagonal_(torch.inf).clamp_min(0).sqrt()
    assert not torch.allclose(naive.sort(1).values[:, :5].double(), exact(points, 5), rtol=0.5)


def test_which_stage_certifies_what() -> None:
    # One cluster is as good as one at the origin, once centred; several are not, and take float64, whose
    # rounding (4 * 24 * 2e-16 * 16 * 2e8 = 7e-5) is below the gaps; copies of one place never differ,
    # whatever the precision.
    assert certified(torch.randn(1000, 62, generator=torch.Generator().manual_seed(0)), torch.float32) == 1
    assert certified(clusters(1, 16), torch.float32) > 0.9
    assert certified(clusters(4, 16), torch.float32) == 0
    assert certified(clusters(4, 16), torch.float64) > 0.9
    assert certified(torch.ones(100, 16), torch.float64) == 0


def test_bounds_are_below_the_exact_distances() -> None:
    points = clusters(3, 10).double()
    centre, scale = points.mean(0), (points - points.mean(0)).abs().max()
    rounded = ((points - centre) / scale).float()
    stage = Products(points, centre, scale, torch.float32)
    products = torch.cat([rounded, torch.ones(len(points), 1)], 1) @ stage.right
    bounds = products.double() + stage.kept * rounded.double().square().sum(1, keepdim=True) - stage.underflow
    table = (points[:, None] - points).square().sum(-1) / scale**2
    assert (bounds <= table).all()


@pytest.mark.parametrize("magnitude", [1e-30, 1e-20, 1.0, 1e18, 1e30])
def test_extreme_units(magnitude: float) -> None:
    points = torch.randn(300, 8, generator=torch.Generator().manual_seed(1)) * magnitude
    torch.testing.assert_close(knn(points, 5, "torch")[0].double(), exact(points, 5), rtol=2e-7, atol=0)


def test_an_outlier_costs_no_accuracy_and_little_certainty() -> None:
    points = torch.randn(1000, 16, generator=torch.Generator().manual_seed(2))
    points[17] = 1e6
    torch.testing.assert_close(knn(points, 5, "torch")[0].double(), exact(points, 5), rtol=2e-7, atol=0)


def test_coarse_arithmetic_is_noticed() -> None:
    points = torch.randn(600, 20, generator=torch.Generator().manual_seed(4))
    expected = exact(points, 5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = knn(points, 5, "torch")[0]
    torch.testing.assert_close(found.double(), expected, rtol=2e-7, atol=0)
    torch.set_float32_matmul_precision("medium")
    try:
        found = knn(points, 5, "torch")[0]
    finally:
        torch.set_float32_matmul_precision("highest")
    torch.testing.assert_close(found.double(), expected, rtol=2e-7, atol=0)


def test_result_does_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    queries, points = torch.randn(100, 6), torch.randn(3000, 6)
    whole = brute_force(queries, points, 4)
    monkeypatch.setitem(neighbours_torch.CHUNK_DISTANCES, "cpu", 1)
    parts = brute_force(queries, points, 4)
    torch.testing.assert_close(whole[0], parts[0], rtol=1e-14, atol=0)
    assert torch.equal(whole[1], parts[1])


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.integers(0, 2**31), st.integers(1, 600), st.integers(1, 4), st.sampled_from([2, 50, 2**30]))
def test_smallest_is_topk(seed: int, columns: int, count: int, largest: int) -> None:
    count = min(count, columns)
    values = torch.randint(largest, (3, columns), generator=torch.Generator().manual_seed(seed)).double()
    found, at = smallest(values, count)
    assert torch.equal(found, values.sort(1).values[:, :count])
    assert torch.equal(values.gather(1, at), found)
