"""Choosing the head to fine-tune."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

ORDER = (("success", "success", max), ("mean_return", "return", max), ("closest_approach", "approach", min))
"""Columns from the most important one on, what they are called, and which value is best."""


def select_head(table: "pd.DataFrame | Mapping[str, Sequence[float]]") -> tuple[int, str]:
    """Return the best head of `table` (see `evaluate_heads`) and why it was chosen.

    The highest success wins (Section 7.2). Ties, which are common where no head has reached the goal, go to the higher mean
    return, then the closer approach, then the lower index.

    Raises:
        ValueError: the table has no rows.
    """
    names = ["head", *(column for column, _, _ in ORDER)]
    best = [dict(zip(names, values, strict=True)) for values in zip(*(table[name] for name in names), strict=True)]
    if not best:
        raise ValueError("there is no head to select: the table of evaluations has no rows")
    for column, word, value in ORDER:
        target = value(row[column] for row in best)
        best = [row for row in best if row[column] == target]
        if len(best) == 1:
            return int(best[0]["head"]), f"{_adjective(word)} {word}: {target:.4g}"
    return int(min(row["head"] for row in best)), f"lowest index of {len(best)} equal heads"


def _adjective(word: str) -> str:
    return "closest" if word == "approach" else "highest"
