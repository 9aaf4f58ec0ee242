"""Figs. 6, 10, 11 and 12 show the numbers that they are given."""

import pandas as pd
import pytest

from kmyriad.envs.ant.terrains import empty, maze
from kmyriad.figures import draw
from kmyriad.papers.myriad import fig6, goal_maps

GOALS = {"ant-empty": [(3.0, 0.0), (0.0, 1.5)], "ant-maze": [(0.0, -4.0)]}


@pytest.fixture(autouse=True)
def _style() -> None:
    draw.use_style()


def metrics() -> pd.DataFrame:
    """One epoch: three runs to the goal at 3 m, two to that at 1.5 m, one in the maze."""
    rows = [
        *(("ant-empty", 0, seed, 0, success) for seed, success in enumerate((0.0, 0.1, 0.6))),
        *(("ant-empty", 1, seed, 0, success) for seed, success in enumerate((0.5, 0.7))),
        ("ant-maze", 0, 0, 0, 0.2),
    ]
    return pd.DataFrame(rows, columns=["environment", "goal", "seed", "epoch", "success"])


def test_median_and_quartiles_by_region() -> None:
    summary = goal_maps.summarise(goal_maps.by_region(metrics(), GOALS, radius=2.0)).set_index(["environment", "region"])
    # Quartiles of 0, 0.1, 0.6 by linear interpolation: 0.05 and 0.35. Of 0.5, 0.7: 0.55 and 0.65.
    outside, inside = summary.loc[("ant-empty", "outside")], summary.loc[("ant-empty", "inside")]
    assert tuple(outside[["mean", "low", "high", "n"]]) == pytest.approx((0.1, 0.05, 0.35, 3))
    assert tuple(inside[["mean", "low", "high", "n"]]) == pytest.approx((0.6, 0.55, 0.65, 2))
    assert summary.loc[("ant-maze", "outside"), "n"] == 1


def test_maps_show_goals_and_radius() -> None:
    regions = goal_maps.by_region(metrics(), GOALS, radius=2.0)
    terrains = {"ant-empty": empty(), "ant-maze": maze()}
    figure = goal_maps.draw(regions, GOALS, terrains, 2.0, "note")
    plane, curves, labyrinth, _ = figure.axes
    limit, *goals = plane.patches
    assert limit.get_radius() == 2.0
    assert [(goal.get_center(), goal.get_radius()) for goal in goals] == [((3.0, 0.0), 1.0), ((0.0, 1.5), 1.0)]
    assert len(plane.images) == 0 and len(labyrinth.images) == 1, "walls are drawn where there are any"
    # The outermost goal is 4 m away.
    assert labyrinth.get_xlim() == (-5.5, 5.5)
    legend = curves.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["inside, 2 runs", "outside, 3 runs"]
    lines = curves.lines[:2]
    assert [line.get_color() for line in lines] == [line.get_color() for line in legend.get_lines()]
    assert [line.get_ydata()[0] for line in lines] == pytest.approx([0.6, 0.1])
    # Quartiles, also where there are two runs.
    heights = [[y for _, y in area.get_paths()[0].vertices] for area in curves.collections]
    assert [bound for band in heights for bound in (min(band), max(band))] == pytest.approx([0.55, 0.65, 0.05, 0.35])


def test_fig6_has_a_curve_for_each_budget() -> None:
    data = pd.DataFrame(
        [("ant-empty", envs, 10, seed, epoch, envs + seed) for envs in (20, 100) for seed in range(2) for epoch in range(3)],
        columns=["environment", "envs", "heads", "seed", "epoch", "entropy"],
    )
    final = pd.DataFrame(
        [
            ("ant-empty", envs, seed, acting, 2 * envs + seed)
            for envs in (20, 100)
            for seed in range(2)
            for acting in ("sampled", "mean")
        ],
        columns=["environment", "envs", "seed", "acting", "entropy"],
    )
    final = final[(final["acting"] == "sampled") | (final["seed"] == 0)]
    summary = fig6.summarise(data, final)
    assert list(summary["mean"]) == [20.5] * 3 + [100.5] * 3 + [40.5, 200.5]
    training, finals = fig6.draw(data, final, ["ant-empty"], 100, "note").axes
    legend = finals.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["20", "100"]
    assert [line.get_color() for line in training.lines[:2]] == [line.get_color() for line in legend.get_lines()]
    assert list(training.lines[1].get_ydata()) == [100.5] * 3
    assert finals.get_ylabel() == "entropy on 100 trajectories (nats)"
    points = [line for line in finals.lines if line.get_marker() == "o" and len(line.get_xdata())]  # not those of the legend
    assert [line.get_color() for line in points] == [line.get_color() for line in legend.get_lines()]
    assert [(point.get_xdata()[0], point.get_ydata()[0]) for point in points] == [(20, 40.5), (100, 200.5)]


def test_long_runs_title_is_the_environments() -> None:
    assert draw.panel_title("ant-empty@epochs1000") == "Empty"
