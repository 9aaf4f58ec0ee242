"""Where a population goes: counts of visits on a grid (Fig. 13)."""

import numpy as np


def visitation_map(xy: np.ndarray, extent: tuple[float, float, float, float], bins: int = 50) -> np.ndarray:
    """Return log(1 + visits) of the points `xy` [N, 2] (metres) on `bins` x `bins` cells, [bins along y, bins along x].

    `extent` is (x low, x high, y low, y high) in metres; points outside are not counted.

    Raises:
        ValueError: `xy` is not [N, 2], or the extent is empty.
    """
    x_low, x_high, y_low, y_high = extent
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(f"xy must be [N, 2], got {list(xy.shape)}")
    if x_low >= x_high or y_low >= y_high:
        raise ValueError(f"extent must be (x low, x high, y low, y high), got {list(extent)}")
    visits, _, _ = np.histogram2d(xy[:, 1], xy[:, 0], bins=bins, range=((y_low, y_high), (x_low, x_high)))
    return np.log1p(visits)
