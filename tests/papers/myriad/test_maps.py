"""Figs. 8 and 13 show the numbers that they are given."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from kmyriad.figures import draw
from kmyriad.papers.myriad import fig8, fig13

EXTENT = (-1.0, 1.0, -1.0, 1.0)


def test_fig13_counts_and_panels() -> None:
    draw.use_style()
    # Cells of 0.04 m: x = -0.99 is column 0, y = 0.99 row 49; twice there gives log 3.
    visits = {("ant-maze", 1): np.array([[-0.99, 0.99]] * 2), ("ant-maze", 10): np.array([[0.01, 0.01], [5.0, 5.0]])}
    summary = fig13.summarise(visits, EXTENT)
    assert summary["log_visits"].tolist() == pytest.approx([np.log(3), np.log(2)])
    assert summary.drop(columns="log_visits").to_dict("list") == {
        "environment": ["ant-maze", "ant-maze"],
        "heads": [1, 10],
        "row": [49, 25],
        "column": [0, 25],
    }
    first, second, _ = fig13.draw(summary, ["ant-maze"], EXTENT, "note").axes
    assert (first.get_title(), second.get_title()) == ("Maze, 1 head", "Maze, 10 heads")
    (image,) = first.collections
    assert image.get_array()[49, 0] == pytest.approx(np.log(3))
    assert image.get_array().sum() == pytest.approx(np.log(3))
    assert image.get_clim() == second.collections[0].get_clim() == pytest.approx((0, np.log(3)))


def test_fig8_colours_by_head() -> None:
    draw.use_style()
    positions = pd.DataFrame({"environment": "ant-cave", "head": [0, 2, 1], "x": [0.0, 1.0, 2.0], "y": [3.0, 4.0, 5.0]})
    figure = fig8.draw(positions, ["ant-cave"], "note")
    (points,) = figure.axes[0].collections
    assert points.get_offsets().tolist() == [[0, 3], [1, 4], [2, 5]]
    legend = figure.legends[0]
    shades = {
        text.get_text(): dot.get_markerfacecolor() for text, dot in zip(legend.get_texts(), legend.get_lines(), strict=True)
    }
    assert len({to_hex(shade) for shade in shades.values()}) == 3
    assert [to_hex(shade) for shade in points.get_facecolors()] == [to_hex(shades[head]) for head in "021"]
    assert figure.axes[0].get_title() == "Cave"
