"""What every estimator asks of its arguments before it starts; each error is one line with a remedy."""

import torch
from torch import Tensor


def check_points(points: Tensor, name: str = "points") -> None:
    """Raise ValueError unless `points` are finite floating numbers of shape [N, d], neither of them 0."""
    if points.ndim != 2 or 0 in points.shape:
        raise ValueError(f"{name} must have the shape [N, d], got {list(points.shape)}; reshape to one row a particle")
    if not points.is_floating_point():
        raise ValueError(f"{name} must be floating, got {points.dtype}; convert them with {name}.float()")
    broken = int((~torch.isfinite(points)).any(1).sum())
    if broken:
        raise ValueError(f"{broken} of {len(points)} rows of {name} are not finite; drop the environments that blew up")


def check_same_features(first: Tensor, second: Tensor, names: tuple[str, str]) -> None:
    """Raise ValueError unless both sets of points [., d] have the same d."""
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"{names[0]} have {first.shape[1]} features but {names[1]} {second.shape[1]}; give both the same")


def check_neighbour_count(k: int, count: int, among_themselves: bool) -> None:
    """Raise ValueError unless `count` points have k neighbours: among themselves, it takes one point more."""
    if k < 1:
        raise ValueError(f"k = {k} neighbours cannot be found; use k >= 1")
    if count < k + among_themselves:
        needed = f"{'more than' if among_themselves else 'at least'} {k} points"
        raise ValueError(f"k = {k} needs {needed}, got {count}; lower k or collect more particles")
