"""What all figures share: intervals against Student's table, colours, lines and bands."""

import math

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
import seaborn as sns

from kmyriad.figures.draw import colours, drawn_interval, heat_map, init_colours, init_label, look_of, panel_title, use_style
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


def test_a_curve_is_a_line_and_an_area() -> None:
    # Means 1 and 2; the band is Student's interval of the three values, as the CSV has it.
    rows = pd.DataFrame([(x, y + x / 10) for x in (0, 10) for y in (0.5, 1.0, 1.5)], columns=["x", "y"])
    summary = mean_intervals(rows, ["x"], "y")
    figure, axes = plt.subplots()
    sns.lineplot(rows.assign(curve="1 head"), x="x", y="y", ax=axes, **look_of({"1 head": "#0072B2", "10 heads": "#E69F00"}))
    line, (area,) = axes.get_lines()[0], axes.collections
    handles, labels = axes.get_legend_handles_labels()
    plt.close(figure)
    assert line.get_xydata().tolist() == [[0, 1], [10, 2]]
    assert labels == ["1 head", "10 heads"]
    assert line.get_color() == handles[0].get_color() == "#0072B2"
    corners = {tuple(corner) for corner in area.get_paths()[0].vertices.tolist()}
    assert corners == {(row.x, bound) for row in summary.itertuples() for bound in (row.low, row.high)}


def test_dashed_curves() -> None:
    rows = pd.DataFrame({"x": [0, 1, 0, 1], "y": [0.0, 1.0, 2.0, 3.0], "curve": ["a", "a", "b", "b"]})
    figure, axes = plt.subplots()
    sns.lineplot(rows, x="x", y="y", ax=axes, **look_of({"b": "red", "a": "blue"}, dashed=["a"]))
    lines = [line for line in axes.get_lines() if len(line.get_xdata())]
    plt.close(figure)
    assert [(line.get_color(), line.get_linestyle()) for line in lines] == [("red", "-"), ("blue", "--")]


def test_a_map_without_visits_is_empty() -> None:
    figure, axes = plt.subplots()
    image = heat_map(axes, pd.DataFrame({"row": [], "column": [], "log_visits": []}), (-1, 1, -1, 1), 5, top=2.0)
    plt.close(figure)
    assert image.get_array().tolist() == [[0.0] * 5] * 5
    assert image.get_clim() == (0, 2)


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
    assert drawn_interval(pd.Series([3.0, 1.0])) == (1, 3)
    three = mean_intervals(pd.DataFrame({"by": [0, 0, 0], "y": [1.0, 2.0, 3.0]}), ["by"], "y")
    assert drawn_interval(pd.Series([1.0, 2.0, 3.0])) == (three["low"].item(), three["high"].item())
