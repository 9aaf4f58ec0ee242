"""Choosing the head to fine-tune."""

import pandas as pd


def select_head(table: pd.DataFrame) -> tuple[int, str]:
    """Return the best head of `table` (see `evaluate_heads`) and why it was chosen.

    The highest success wins (Section 7.2). Ties, which are common where no head has reached the goal, go to the higher mean
    return, then the closer approach, then the lower index.

    Raises:
        ValueError: the table has no rows.
    """
    if table.empty:
        raise ValueError("there is no head to select: the table of evaluations has no rows")
    best = table
    for column, word, value in (
        ("success", "success", max),
        ("mean_return", "return", max),
        ("closest_approach", "approach", min),
    ):
        target = value(best[column])
        best = best[best[column] == target]
        if len(best) == 1:
            return int(best["head"].iloc[0]), f"{_adjective(word)} {word}: {target:.4g}"
    return int(best["head"].min()), f"lowest index of {len(best)} equal heads"


def _adjective(word: str) -> str:
    return "closest" if word == "approach" else "highest"
