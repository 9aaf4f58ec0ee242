"""Every backend finds the same neighbours as a float64 table of all distances."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kmyriad.estimators import cross_knn, fastest_backend, knn
from kmyriad.estimators.neighbours import BACKENDS, LARGE


def all_distances(queries: Tensor, points: Tensor) -> np.ndarray:
    """The distances [n, m] in float64, by the definition."""
    left, right = queries.double().numpy(), points.double().numpy()
    return np.sqrt(((left[:, None, :] - right[None, :, :]) ** 2).sum(-1))


def assert_nearest(found: tuple[Tensor, Tensor], table: np.ndarray, dtype: torch.dtype) -> None:
    """As near as the k smallest of each row of the table, ascending, and so are the rows they point to."""
    distances, indices = found
    expected = np.sort(table, axis=1)[:, : distances.shape[1]]
    rounding = 4 * torch.finfo(dtype).eps
    assert distances.dtype == dtype
    assert indices.dtype == torch.int64
    np.testing.assert_allclose(distances.double().numpy(), expected, rtol=rounding, atol=0)
    np.testing.assert_allclose(np.take_along_axis(table, indices.numpy(), 1), expected, rtol=1e-12, atol=0)
    assert all(len(set(row)) == len(row) for row in indices.tolist())


def assert_knn(points: Tensor, k: int, backend: str) -> None:
    table = all_distances(points, points)
    np.fill_diagonal(table, np.inf)
    assert_nearest(knn(points, k, backend), table, points.dtype)


@pytest.mark.parametrize("backend", ["kdtree", "torch", "auto"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("d", [1, 2, 5, 16, 62])
def test_backends_match_the_table(backend: str, dtype: torch.dtype, d: int) -> None:
    generator = torch.Generator().manual_seed(d)
    points = torch.randn(700, d, generator=generator, dtype=dtype)
    assert_knn(points, 5, backend)
    queries = torch.randn(50, d, generator=generator, dtype=dtype)
    assert_nearest(cross_knn(queries, points, 5, backend), all_distances(queries, points), dtype)


# KeOps compiles a kernel for each d, dtype and number of neighbours it looks for (7 s each), hence 4 = 3 +
# itself below.
@pytest.mark.slow(19)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.xdist_group("keops")
def test_keops_matches_the_table(dtype: torch.dtype) -> None:
    pytest.importorskip("pykeops")
    generator = torch.Generator().manual_seed(0)
    # So close together around 1 that float64 points would be the same in float32.
    spacing = 1e-2 if dtype == torch.float32 else 1e-10
    points = 1 + spacing * torch.randn(700, 2, dtype=dtype, generator=generator)
    points[100:130] = points[0]  # more duplicates than neighbours
    assert_knn(points, 3, "keops")
    queries = 1 + spacing * torch.randn(40, 2, dtype=dtype, generator=generator)
    assert_nearest(cross_knn(queries, points, 4, "keops"), all_distances(queries, points), dtype)


@pytest.mark.parametrize("backend", ["kdtree", "torch"])
@pytest.mark.parametrize("k", [1, 699])
def test_smallest_and_largest_k(backend: str, k: int) -> None:
    assert_knn(torch.randn(700, 6, generator=torch.Generator().manual_seed(k)), k, backend)


def test_a_particle_is_not_its_own_neighbour_among_its_duplicates() -> None:
    # Seven particles in one place have six neighbours each at distance 0, so two never reach the eighth.
    points = torch.tensor([[1.0, 2.0]] * 7 + [[4.0, 6.0]])
    for backend in ("kdtree", "torch"):
        distances, indices = knn(points, 2, backend)
        # The eighth is at sqrt(3^2 + 4^2) = 5 from all others.
        assert distances.tolist() == [[0.0, 0.0]] * 7 + [[5.0, 5.0]]
        assert not (indices == torch.arange(8)[:, None]).any()
        assert (indices[:7] < 7).all()


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    seed=st.integers(0, 2**31),
    size=st.integers(4, 40),
    d=st.integers(1, 9),
    side=st.integers(1, 4),
    k=st.integers(1, 3),
    backend=st.sampled_from(["kdtree", "torch"]),
)
def test_grids_full_of_duplicates_and_ties(seed: int, size: int, d: int, side: int, k: int, backend: str) -> None:
    points = torch.randint(side, (size, d), generator=torch.Generator().manual_seed(seed)).float()
    assert_knn(points, k, backend)


@pytest.mark.parametrize("d", [2, 6, 16])
def test_ties_in_a_large_batch(d: int) -> None:
    # 3,000 points on few grid places: every row ties with more points than brute force keeps as candidates.
    points = torch.randint(3, (3000, d), generator=torch.Generator().manual_seed(1)).float()
    np.testing.assert_array_equal(knn(points, 3, "torch")[0].numpy(), knn(points, 3, "kdtree")[0].numpy())


def test_neighbours_carry_no_gradient() -> None:
    for backend in ("kdtree", "torch"):
        distances, _ = knn(torch.randn(20, 5, dtype=torch.float64, requires_grad=True), 2, backend)
        assert not distances.requires_grad


def test_repeats_to_the_byte() -> None:
    points = torch.randn(500, 12, generator=torch.Generator().manual_seed(3))
    for backend in ("kdtree", "torch"):
        first, second = knn(points, 4, backend), knn(points, 4, backend)
        assert torch.equal(first[0], second[0])
        assert torch.equal(first[1], second[1])


def test_auto_follows_the_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = {(600_000, 2): "kdtree", (10_000, 8): "kdtree", (10_000, 9): "torch", (1000, 62): "torch"}
    cpu |= {(LARGE, 10): "kdtree", (LARGE, 11): "torch"}
    assert {shape: fastest_backend(torch.empty(1).expand(shape)) for shape in cpu} == cpu
    on_gpu = torch.empty(1000, 2, device="meta")  # as good as a GPU: not a CPU
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert fastest_backend(on_gpu) == "torch"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    assert fastest_backend(on_gpu) == "keops"
    assert fastest_backend(torch.empty(1000, 62, device="meta")) == "torch"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("d", [2, 62])
def test_gpu_matches_cpu(d: int) -> None:
    points = torch.randn(3000, d, generator=torch.Generator().manual_seed(0))
    for backend in ("torch", "auto"):
        distances, indices = knn(points.cuda(), 5, backend)
        assert distances.is_cuda
        assert indices.is_cuda
        torch.testing.assert_close(distances.cpu(), knn(points, 5, "kdtree")[0])


@pytest.mark.slow(7)
def test_import_needs_neither_scipy_nor_keops() -> None:
    code = "import sys, kmyriad.estimators as e; assert not {'scipy', 'pykeops'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("backend", "package"), [("kdtree", "scipy"), ("keops", "pykeops")])
def test_missing_library_names_the_command(backend: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, {"scipy": "scipy.spatial", "pykeops": "pykeops.torch"}[package], None)
    with pytest.raises(ImportError, match=f"'{backend}' needs {package}; install it with: pip install {package}"):
        knn(torch.randn(10, 2), 1, backend)


@pytest.mark.parametrize(
    ("points", "k", "message"),
    [
        (torch.zeros(4, 2), 5, "k = 5 needs more than 5 points, got 4; lower k or collect more particles"),
        (torch.zeros(5, 2), 5, "k = 5 needs more than 5 points, got 5; lower k or collect more particles"),
        (torch.zeros(4, 2), 0, "k = 0 neighbours cannot be found; use k >= 1"),
        (torch.zeros(4), 1, r"points must have the shape \[N, d\], got \[4\]; reshape to one row a particle"),
        (torch.zeros(4, 0), 1, r"points must have the shape \[N, d\], got \[4, 0\]"),
        (
            torch.zeros(4, 2).long(),
            1,
            r"points must be floating, got torch.int64; convert .* points.float\(\)",
        ),
        (
            torch.tensor([[0.0, 1], [torch.nan, torch.inf], [1, 1]]),
            1,
            "1 of 3 rows of points are not finite; drop",
        ),
    ],
)
def test_bad_input_gets_one_line(points: Tensor, k: int, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}") as caught:
        knn(points, k)
    assert "\n" not in str(caught.value)


def test_unknown_backend_suggests_the_nearest() -> None:
    message = "unknown backend 'kdtre'; did you mean 'kdtree'? (choices: auto, kdtree, keops, torch)"
    with pytest.raises(ValueError, match=re.escape(message)):
        knn(torch.zeros(9, 2), 1, "kdtre")
    with pytest.raises(ValueError, match=r"unknown backend 'x' \(choices: auto, kdtree, keops, torch\)$"):
        cross_knn(torch.zeros(9, 2), torch.zeros(9, 2), 1, "x")
    assert set(BACKENDS) == {"kdtree", "keops", "torch"}


def test_queries_must_match_the_points() -> None:
    with pytest.raises(ValueError, match="queries have 3 features but points 2; give both the same"):
        cross_knn(torch.zeros(9, 3), torch.zeros(9, 2), 1)
    with pytest.raises(ValueError, match="k = 5 needs at least 5 points, got 4; lower k"):
        cross_knn(torch.zeros(9, 2), torch.zeros(4, 2), 5)
    with pytest.raises(ValueError, match=r"queries must have the shape \[N, d\], got \[0, 2\]"):
        cross_knn(torch.zeros(0, 2), torch.zeros(4, 2), 1)
    with pytest.raises(ValueError, match="9 of 9 rows of queries are not finite"):
        cross_knn(torch.full((9, 2), torch.inf), torch.zeros(4, 2), 1)
