"""The figure `coverage`: untrained lines, trained markers at their noise, and a legend that is whole."""

from collections.abc import Iterator

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from kmyriad.figures import draw
from kmyriad.papers.myriad import coverage


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with matplotlib.rc_context():
        draw.use_style()
        yield
    plt.close("all")


def both(environments: list[str]) -> pd.DataFrame:
    """Two seeds: untrained at noises 1 and 2 with entropy 10 times the noise; trained of std 0.5 with entropy 7."""
    rows = []
    for environment in environments:
        for seed in (0, 1):
            for acting in ("sampled", "mean"):
                run = {"environment": environment, "heads": 1, "seed": seed, "acting": acting}
                rows += [{**run, "update": "none", "noise": n, "entropy": 10 * n, "distance_mean": n} for n in (1.0, 2.0)]
                rows.append({**run, "update": "trust-region", "noise": 0.5, "entropy": 7.0, "distance_mean": 3.0})
    return pd.DataFrame(rows)


def test_lines_and_markers() -> None:
    first = coverage.draw(both(["ant-cave"]), ["ant-cave"], "note").axes[0]
    drawn = {tuple(map(tuple, line.get_xydata())) for line in first.get_lines()}
    assert ((1.0, 10.0), (2.0, 20.0)) in drawn and ((0.5, 7.0),) in drawn


@pytest.mark.parametrize("number", [1, 4])
def test_the_legend_is_not_cut_off(number: int) -> None:
    environments = [f"ant-{letter}" for letter in "abcd"[:number]]
    table = both(environments)
    table = pd.concat([table.assign(heads=heads) for heads in (1, 10, 50)], ignore_index=True)
    figure = coverage.draw(table, environments, "note")
    figure.draw_without_rendering()
    box, width = figure.legends[0].get_window_extent(), figure.bbox.width
    assert box.x0 >= 0 and box.x1 <= width
