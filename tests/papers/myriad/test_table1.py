"""Table 1: means over heads, then over seeds, beside the paper's numbers."""

import pandas as pd
import pytest

from kmyriad.jobs.tables import latex, markdown
from kmyriad.papers.myriad.claims.paper import TABLE_1
from kmyriad.papers.myriad.table1 import layout, summarise

KL = pd.DataFrame(
    [("ant-maze", 10, 0, head, kl) for head, kl in enumerate((0.4, 0.6))]
    + [("ant-maze", 10, 1, head, kl) for head, kl in enumerate((0.8, 1.0))]
    + [("mine", 3, 0, 0, 0.25)],
    columns=["environment", "heads", "seed", "head", "kl"],
)
DEALT = KL.assign(kl_dealt=[0.4, 0.6, 0.6, 0.8, None])  # means of the seeds: 0.5 and 0.7


def test_mean_over_heads_then_seeds() -> None:
    # Seeds 0 and 1 have means 0.5 and 0.9: mean 0.7, sd sqrt(2 * 0.2^2 / 1) = 0.282843.
    row = summarise(KL).iloc[0]
    assert (row["environment"], row["heads"], row["seeds"]) == ("ant-maze", 10, 2)
    assert row["mean"] == pytest.approx(0.7)
    assert row["sd"] == pytest.approx(0.282843, abs=1e-6)
    assert (row["paper_mean"], row["paper_sd"]) == TABLE_1["ant-maze", 10] == (0.5980, 0.0267)


def test_one_seed_has_no_spread_and_an_own_environment_no_paper() -> None:
    row = summarise(KL).iloc[1]
    assert row["mean"] == 0.25
    assert pd.isna(row["sd"])
    assert pd.isna(row["paper_mean"])


def test_layout() -> None:
    text = markdown(layout(summarise(DEALT)))
    assert text.splitlines() == [
        "| heads | source | Maze | mine |",
        "| --- | --- | --- | --- |",
        "| 3 | ours | - | 0.250 |",
        "| 3 | paper | - | - |",
        "| 10 | ours | 0.700 ± 0.283 | - |",
        "| 10 | ours, dealt at random | 0.600 ± 0.141 | - |",
        "| 10 | paper | 0.598 ± 0.027 | - |",
    ]


def test_latex_has_the_same_cells() -> None:
    lines = latex(layout(summarise(KL))).splitlines()
    assert lines[0] == "\\begin{tabular}{llll}"
    assert lines[4] == "10 & ours & 0.700 $\\pm$ 0.283 & - \\\\"
    assert lines[-1] == "\\end{tabular}"
