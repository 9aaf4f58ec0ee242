"""What all figures share: intervals against Student's table, colours, lines and bands."""

import math

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from kmyriad.figures.draw import band, colours, drawn_interval, init_colours, init_label, panel_title, use_style
from kmyriad.statistics.intervals import mean_intervals


def table(**groups: list[float]) -> pd.DataFrame:
    rows = [(group, value) for group, values in groups.items() for value in values]
    return pd.DataFrame(rows, columns=["group", "value"])


# Student's t for 95 %: 12.706 at 1 degree of freedom, 3.182 at 3.
# 1, 3:       mean 2,   s = sqrt 2,                                half 12.706 sqrt 2 / sqrt 2 = 12.706
# 1, 2, 3, 4: mean 2.5, s = sqrt(2 (1.5^2 + 0.5^2) / 3) = 1.29099, half 3.18245 * 1.29099 / 2  = 2.05426
@pytest.mark.parametrize(
    ("values", "mean", "half"),
    [([1.0, 3.0], 2, 12.7062), ([4.0, 2.0, 1.0, 3.0], 2.5, 2.05426), ([5.0] * 3, 5, 0)],
)
def test_intervals_are_students(values: list[float], mean: float, half: float) -> None:
    (row,) = mean_intervals(table(a=values), ["group"], "value").to_dict("records")
    assert row["mean"] == mean
    assert row["low"] == pytest.approx(mean - half, abs=1e-4)
    assert row["high"] == pytest.approx(mean + half, abs=1e-4)
    assert row["n"] == len(values)


def test_one_value_has_no_interval() -> None:
    (row,) = mean_intervals(table(a=[5.0]), ["group"], "value").to_dict("records")
    assert (row["mean"], row["n"]) == (5.0, 1)
    assert math.isnan(row["low"])
    assert math.isnan(row["high"])


def test_another_confidence() -> None:
    # t for 80 % at 1 degree of freedom: 3.078.
    (row,) = mean_intervals(table(a=[1.0, 3.0]), ["group"], "value", confidence=0.8).to_dict("records")
    assert row["high"] == pytest.approx(2 + 3.0777, abs=1e-4)


def test_groups_are_kept_apart_and_sorted() -> None:
    summary = mean_intervals(table(b=[10.0, 12.0], a=[1.0, 3.0]), ["group"], "value")
    assert list(summary.columns) == ["group", "mean", "n", "low", "high"]
    assert summary["group"].tolist() == ["a", "b"]
    assert summary["mean"].tolist() == [2, 11]


def test_1_10_and_50_heads_keep_their_colours() -> None:
    usual = colours([1, 10, 50])
    assert len(set(usual.values())) == 3
    for heads in ([50], [10, 3], [2, 50, 1], [100, 10, 1]):
        assert {number: colours(heads)[number] for number in heads if number in usual}.items() <= usual.items()


def test_seven_numbers_of_heads_have_seven_colours_whatever_their_order() -> None:
    heads = [1, 2, 5, 10, 20, 50, 100]
    assert len(set(colours(heads).values())) == 7
    assert colours(heads) == colours(heads[::-1])


def test_a_band_is_a_line_and_an_area() -> None:
    summary = pd.DataFrame({"mean": [1.0, 2.0], "low": [0.5, 1.5], "high": [1.5, 3.0]})
    figure, axes = plt.subplots()
    band(axes, pd.Series([0, 10]), summary, "#0072B2", "1 head")
    (line,), (area,) = axes.get_lines(), axes.collections
    plt.close(figure)
    assert line.get_xydata().tolist() == [[0, 1], [10, 2]]
    assert (line.get_color(), line.get_label()) == ("#0072B2", "1 head")
    corners = {tuple(corner) for corner in area.get_paths()[0].vertices.tolist()}
    assert corners == {(0, 0.5), (10, 1.5), (0, 1.5), (10, 3)}


def test_figures_need_no_screen() -> None:
    with matplotlib.rc_context():
        matplotlib.use("svg")
        use_style()
        assert matplotlib.get_backend() == "agg"


def test_labels() -> None:
    assert [panel_title(label) for label in ("ant-maze", "gymnasium-HalfCheetah-v5")] == ["Maze", "gymnasium-HalfCheetah-v5"]
    assert [init_label(init) for init in ("random", "heads1", "heads50")] == ["random", "best of 1 head", "best of 50 heads"]


def test_a_start_has_the_colour_of_its_heads() -> None:
    heads = colours([1, 10, 50])
    assert init_colours(["random", "heads50", "heads1"]) == {"random": "0.4", "heads50": heads[50], "heads1": heads[1]}


def test_two_seeds_are_drawn_themselves() -> None:
    # 1 and 3: mean 2, t interval 2 +- 12.7062; three seeds keep theirs.
    two = mean_intervals(pd.DataFrame({"by": [0, 0], "y": [1.0, 3.0]}), ["by"], "y")
    assert two["high"].item() == pytest.approx(2 + 12.7062, abs=1e-4)
    low, high = drawn_interval(two)
    assert (low.item(), high.item()) == (pytest.approx(1.0), pytest.approx(3.0))
    three = mean_intervals(pd.DataFrame({"by": [0, 0, 0], "y": [1.0, 2.0, 3.0]}), ["by"], "y")
    assert [bound.item() for bound in drawn_interval(three)] == [three["low"].item(), three["high"].item()]
