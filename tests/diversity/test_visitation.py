"""Heat maps count each visit in its cell."""

import numpy as np
import pytest

from kmyriad.diversity import visitation_map

EXTENT = (-2.0, 2.0, -1.0, 1.0)


def test_counts_by_hand() -> None:
    # Cells of 2 x 1 m: (-1, -0.5) lies in the lower left one, (1, 0.5) twice in the upper right one, (9, 0) in none.
    xy = np.array([[-1.0, -0.5], [1.0, 0.5], [1.5, 0.9], [9.0, 0.0]])
    assert np.allclose(visitation_map(xy, EXTENT, bins=2), np.log1p([[1, 0], [0, 2]]))


def test_rows_are_y() -> None:
    assert visitation_map(np.array([[0.1, -0.9]]), EXTENT, bins=4)[0, 2] == np.log(2)


def test_errors() -> None:
    with pytest.raises(ValueError, match="must be .N, 2."):
        visitation_map(np.zeros((3, 3)), EXTENT)
    with pytest.raises(ValueError, match="extent must be"):
        visitation_map(np.zeros((3, 2)), (2.0, -2.0, -1.0, 1.0))
