"""Nearest neighbours by brute force on any device, in bounded memory: exact, though most are only bounded.

A matrix product gives all squared distances of a chunk cheaply but not exactly: |x|^2 + |y|^2 - 2 x.y
cancels. So it only *bounds them from below*. The points with the smallest bounds are measured again by
differences, and a row is certified when its exact k-th distance does not exceed the largest of these bounds:
every other point is then at least as far. Rows that fail go through a float64 product and, last, through
differences with all points.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

# Points measured again beyond k. Ten certify all rows of 600,000 random walks or Gaussian points in 2 and 3
# dimensions, where neighbours are closest, and of 100,000 in up to 62. Differences cost 5 to 18 times as
# much.
SPARE_CANDIDATES = 10
# Distances held at once: on a CPU they fit its cache, a GPU wants many in flight (0.5 GiB in float32).
CHUNK_DISTANCES = {"cpu": 2**20, "cuda": 2**27}
# But never fewer queries than this at once: a product with one row costs 2-4 times as much per distance.
CHUNK_QUERIES = 8
# Columns in each group of `smallest`.
GROUP = 64

# A stage takes queries [r, d] and k, and returns squared distances [r, k], indices [r, k] and certified [r].
Stage = Callable[[Tensor, int], tuple[Tensor, Tensor, Tensor]]


def brute_force(queries: Tensor, points: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the k nearest points of each query, by comparing all pairs.

    Shapes: queries [n, d], points [m, d], k <= m; distances [n, k] (float64, ascending), indices [n, k].
    """
    queries, points = queries.double(), points.double()
    centre = points.mean(0)
    scale = torch.maximum((queries - centre).abs().max(), (points - centre).abs().max())
    bounds = [Products(points, centre, scale, each) for each in (torch.float32, torch.float64)]
    stages: list[Stage] = [*bounds, Differences(points)]
    per_row = max(len(points), (k + SPARE_CANDIDATES) * points.shape[1])
    limit = CHUNK_DISTANCES.get(points.device.type, CHUNK_DISTANCES["cpu"])
    chunks = queries.split(max(CHUNK_QUERIES, limit // per_row))
    parts = [_first_certified(chunk, stages, k) for chunk in chunks]
    squared, indices = (torch.cat(part) for part in zip(*parts, strict=True))
    return squared.sqrt_(), indices


def _first_certified(queries: Tensor, stages: Sequence[Stage], k: int) -> tuple[Tensor, Tensor]:
    squared, indices, certified = stages[0](queries, k)
    for stage in stages[1:]:
        if certified.all():
            break
        rest = ~certified
        squared[rest], indices[rest], certified[rest] = stage(queries[rest], k)
    return squared, indices


class Differences:
    """The stage that measures every distance, sum_c (x_c - y_c)^2, and certifies every row."""

    def __init__(self, points: Tensor) -> None:
        self.coordinates = points.T.contiguous()

    def __call__(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return squared distances and indices [r, k] of the points next to queries [r, d]; all certified."""
        distances = queries.new_zeros(len(queries), self.coordinates.shape[1])
        difference = torch.empty_like(distances)
        for query, point in zip(queries.T, self.coordinates, strict=True):
            torch.sub(query[:, None], point, out=difference)
            distances.addcmul_(difference, difference)
        squared, indices = smallest(distances, k)
        return squared, indices, torch.ones_like(indices[:, 0], dtype=torch.bool)


class Products:
    """The stage that bounds all distances by a matrix product and certifies the rows where this decides.

    With x and y centred, divided by `scale` and rounded to `precision`, whose epsilon is e, the bound is
    L = (1 - s)(|x|^2 + |y|^2) - 2 x.y - u. In units of e (|x|^2 + |y|^2), rounding the coordinates moves the
    squared distance by at most 6.2, the product's d + 1 terms, in any order, by 1.02 (d + 1), and rounding
    (1 - s)|y|^2 by 0.5 (Higham 2002, section 3.1). s = 4 (d + 8) e is three times the sum, which also pays
    for the rounding of the exact distances; u covers products that underflow. The arithmetic is trusted only
    while no bound exceeds its exact distance: autocast and TensorFloat-32, which round far more, cost time
    but not correctness.
    """

    def __init__(self, points: Tensor, centre: Tensor, scale: Tensor, precision: torch.dtype) -> None:
        self.points, self.centre, self.precision = points, centre, precision
        # Identical points have no scale; divided by anything but zero they are simply not certified.
        self.scale = scale.clamp_min(torch.finfo(scale.dtype).tiny)
        terms, limits = 4 * (points.shape[1] + 8), torch.finfo(precision)
        self.kept, self.underflow = 1 - terms * limits.eps, terms * limits.tiny
        rounded = self._rounded(points)
        norms = self.kept * rounded.double().square().sum(1, keepdim=True)
        self.right = torch.cat([-2 * rounded, norms.to(precision)], 1).T

    def __call__(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return squared distances and indices [r, k] of the points next to queries [r, d], certified [r]."""
        rounded = self._rounded(queries)
        products = torch.cat([rounded, rounded.new_ones(len(rounded), 1)], 1) @ self.right
        bounds, candidates = smallest(products, min(k + SPARE_CANDIDATES, len(self.points)))
        bounds = bounds + (self.kept * rounded.double().square().sum(1, keepdim=True) - self.underflow)
        exact = squared_distances(queries, self.points, candidates)
        trusted = (bounds <= exact / self.scale**2).all()
        exact, order = exact.sort(1)
        certified = trusted & (exact[:, k - 1] / self.scale**2 <= bounds[:, -1])
        return exact[:, :k], candidates.gather(1, order[:, :k]), certified

    def _rounded(self, rows: Tensor) -> Tensor:
        return ((rows - self.centre) / self.scale).to(self.precision)


def squared_distances(queries: Tensor, points: Tensor, indices: Tensor) -> Tensor:
    """Return |queries[i] - points[indices[i, j]]|^2 from differences: [n, d], [m, d], [n, c] -> [n, c]."""
    return (queries[:, None, :] - points[indices]).square_().sum(-1)


def smallest(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the `count` smallest values of each row, ascending, and their columns; faster than topk.

    They lie in the `count` groups of columns with the smallest minima (or tie with values there), and minima
    vectorise.

    Shapes: values [r, m], count <= m; both results [r, count].
    """
    stride = values.shape[1] // GROUP
    if stride < 2 * count:
        return values.topk(count, largest=False)
    minima = values[:, : GROUP * stride].view(-1, GROUP, stride).amin(1)
    groups = minima.topk(count, largest=False, sorted=False).indices
    members = groups[:, None, :] + stride * torch.arange(GROUP, device=values.device)[:, None]
    ungrouped = torch.arange(GROUP * stride, values.shape[1], device=values.device).expand(len(values), -1)
    columns = torch.cat([members.flatten(1), ungrouped], 1)
    found, places = values.gather(1, columns).topk(count, largest=False)
    return found, columns.gather(1, places)
