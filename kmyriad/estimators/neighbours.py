"""The k nearest neighbours of particles, by the backend that is fastest for size, dimension and device."""

import importlib
import importlib.util
from collections.abc import Callable
from types import ModuleType

import numpy as np
import torch
from torch import Tensor

from kmyriad.estimators.neighbours_torch import brute_force, squared_distances
from kmyriad.estimators.validation import (
    check_neighbour_count,
    check_points,
    check_same_features,
)
from kmyriad.names import choose

# A search takes queries [n, d], points [m, d] and k <= m, and returns distances [n, k] and indices [n, k].
Search = Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]]

# Time of brute force over time of the tree; Gaussian points, k = 5, one CPU thread:
#      d:     2     3     4     6     8     9    10    11    12    16    30    62
# N = 1e4:   22    11     7   2.4   0.9   0.6   0.4   0.3   0.3   0.1   0.1   0.1
# N = 1e5:   42    24    20   5.6   1.5   1.0   0.7   0.4   0.3   0.1  0.03  0.04
# N = 6e5:  149    90    60    16   5.1   2.6   1.3   0.7   0.5   0.1
# The tree prunes less with each dimension, but gains with N. Ties go to the tree: visited states fill fewer
# dimensions than they have features, which helps it and not brute force.
TREE_MAX_DIMENSIONS = 8
TREE_MAX_DIMENSIONS_LARGE = 10
LARGE = 300_000
# KeOps holds a point in registers, and many dimensions need too many. A cautious guess, not a measurement.
KEOPS_MAX_DIMENSIONS = 16
# float32 counts without gaps up to here, and KeOps stores the indices it finds in the dtype of the points.
KEOPS_MAX_FLOAT32_INDEX = 2**24


@torch.no_grad()
def knn(points: Tensor, k: int, backend: str = "auto") -> tuple[Tensor, Tensor]:
    """Return the k nearest other points of each point, by Euclidean distance.

    A point is never its own neighbour, but its duplicates are, at distance 0. Ties are broken in an order
    that depends on the backend but not on the run. No gradient flows through the result.

    Shapes: points [N, d], floating, on any device. Returns distances [N, k], in the points' dtype and unit,
    ascending, and indices [N, k], int64, both on the points' device.

    Args:
        points: one row a particle.
        k: number of neighbours, 1 <= k < N.
        backend: "kdtree" (SciPy, on the CPU, with torch.get_num_threads() threads), "keops", "torch" (brute
            force in bounded memory) or "auto", which follows `fastest_backend`.

    Raises:
        ValueError: if the points are not finite floating numbers [N, d], k is out of range or the backend is
            unknown.
        ImportError: if the backend's library is missing.
    """
    points = points.detach()
    check_points(points)
    check_neighbour_count(k, len(points), among_themselves=True)
    distances, indices = _search(points, points, k + 1, backend)
    # The point itself need not come first among its duplicates, nor be found at all if there are more than k
    # of them; then any one of them, all being at distance 0, can make room.
    itself = indices == torch.arange(len(points), device=points.device)[:, None]
    itself[:, -1] |= ~itself.any(1)
    return distances[~itself].view(-1, k), indices[~itself].view(-1, k)


@torch.no_grad()
def cross_knn(queries: Tensor, points: Tensor, k: int, backend: str = "auto") -> tuple[Tensor, Tensor]:
    """Return the k points nearest to each query, by Euclidean distance; the queries are not among the points.

    Shapes: queries [n, d], points [m, d] -> distances [n, k] and indices [n, k] into the points, as for
    `knn`.

    Raises:
        ValueError: as for `knn`, with k <= m; also if queries and points differ in d.
        ImportError: if the backend's library is missing.
    """
    queries, points = queries.detach(), points.detach()
    check_points(queries, "queries")
    check_points(points)
    check_same_features(queries, points, ("queries", "points"))
    check_neighbour_count(k, len(points), among_themselves=False)
    return _search(queries, points, k, backend)


def fastest_backend(points: Tensor) -> str:
    """Return the name of the backend that we measured to be fastest for points of this shape and device."""
    size, dimensions = points.shape
    if points.device.type == "cpu":
        low = dimensions <= (TREE_MAX_DIMENSIONS_LARGE if size >= LARGE else TREE_MAX_DIMENSIONS)
        return "kdtree" if low else "torch"
    keops = dimensions <= KEOPS_MAX_DIMENSIONS and importlib.util.find_spec("pykeops") is not None
    return "keops" if keops else "torch"


def _search(queries: Tensor, points: Tensor, k: int, backend: str) -> tuple[Tensor, Tensor]:
    choose(backend, ["auto", *BACKENDS], "backend")
    search = BACKENDS[fastest_backend(points) if backend == "auto" else backend]
    distances, indices = search(queries, points, k)
    return distances.to(queries), indices.to(queries.device)


def _kdtree(queries: Tensor, points: Tensor, k: int) -> tuple[Tensor, Tensor]:
    spatial = _import("scipy.spatial", "kdtree", "scipy")
    tree = spatial.cKDTree(points.double().cpu().numpy())
    rows = queries.double().cpu().numpy()
    # In the order of the leaves, queries find their nodes in the cache: twice as fast at N = 6e5, d = 2.
    order = tree.indices if queries is points else slice(None)
    distances, indices = np.empty((len(rows), k)), np.empty((len(rows), k), dtype=np.int64)
    distances[order], indices[order] = tree.query(rows[order], k=range(1, k + 1), workers=torch.get_num_threads())
    return torch.from_numpy(distances), torch.from_numpy(indices)


def _keops(queries: Tensor, points: Tensor, k: int) -> tuple[Tensor, Tensor]:
    lazy = _import("pykeops.torch", "keops", "pykeops").LazyTensor
    single = points.dtype != torch.float64 and len(points) <= KEOPS_MAX_FLOAT32_INDEX
    rows, columns = (each.to(torch.float32 if single else torch.float64).contiguous() for each in (queries, points))
    pairs = ((lazy(rows[:, None, :]) - lazy(columns[None, :, :])) ** 2).sum(-1)
    _, indices = pairs.Kmin_argKmin(k, dim=1)
    exact, order = squared_distances(queries.double(), points.double(), indices).sqrt_().sort(1)
    return exact, indices.gather(1, order)


def _import(module: str, backend: str, package: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f"the backend {backend!r} needs {package}; install it with: pip install {package}") from error


BACKENDS: dict[str, Search] = {"kdtree": _kdtree, "keops": _keops, "torch": brute_force}
