"""The order of selection: success, return, closest approach, index."""

import pandas as pd
import pytest

from kmyriad.heads import select_head


def table(*rows: tuple[float, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["success", "mean_return", "closest_approach"])
    return frame.assign(head=range(len(rows)))


@pytest.mark.parametrize(
    ("rows", "head", "reason"),
    [
        ([(0.1, 9, 0), (0.3, 1, 5), (0.2, 9, 0)], 1, "highest success: 0.3"),
        ([(0.3, 1, 0), (0.3, 2, 5), (0.2, 9, 0)], 1, "highest return: 2"),
        ([(0.0, 0, 4), (0.0, 0, 3), (0.0, 0, 5)], 1, "closest approach: 3"),
        ([(0.0, 0, 4), (0.0, 0, 3), (0.0, 0, 3)], 1, "lowest index of 2 equal heads"),
    ],
)
def test_order(rows: list[tuple[float, float, float]], head: int, reason: str) -> None:
    assert select_head(table(*rows)) == (head, reason)


def test_order_of_rows_does_not_matter() -> None:
    frame = table((0.0, 0, 3), (0.0, 0, 3), (0.0, 0, 4))
    assert select_head(frame.iloc[::-1])[0] == 0


def test_no_rows() -> None:
    with pytest.raises(ValueError, match="no head to select"):
        select_head(table())
