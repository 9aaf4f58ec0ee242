"""Fig. 4 shows the numbers, walls, goals and start that it is given, each in its panel."""

from collections.abc import Iterator

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from kmyriad.figures import draw
from kmyriad.papers.myriad import fig4
from kmyriad.papers.myriad.fig4 import PRETRAINED, Maze, Panel

WALLS = np.array([[-2.0, -2.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0]])
MAZE = Maze((-2.0, 2.0, -2.0, 2.0), WALLS, (0.5, -0.5), [(1.5, 1.5), (-1.0, 1.25)], 0.45)
BINS = 4
VISITS = {
    Panel(head, after): np.array([[-1.5 + column, -1.5 + head]] * (1 + column))
    for head in (0, 1)
    for column, after in enumerate((PRETRAINED, "goal0", "goal1"))
}
"""Cells are 1 m wide: head 0 stays in row 0, head 1 in row 1; there are c + 1 visits, all in column c, of panel c."""
SUCCESS = {Panel(0, "goal0"): 1.0, Panel(0, "goal1"): 0.25, Panel(1, "goal0"): 0.0, Panel(1, "goal1"): 0.994}


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with matplotlib.rc_context():
        draw.use_style()
        yield
    plt.close("all")


@pytest.fixture
def figure() -> Figure:
    return fig4.draw(fig4.summarise(VISITS, SUCCESS, MAZE.extent, BINS), MAZE, BINS, "a note")


def patches(axes: plt.Axes, kind: type) -> list:
    return [patch for patch in axes.patches if isinstance(patch, kind)]


def test_summary() -> None:
    summary = fig4.summarise(VISITS, SUCCESS, MAZE.extent, BINS)
    assert list(summary.columns) == ["head", "after", "success", "row", "column", "log_visits"]
    expected = [
        (0, "pretrained", None, 0, 0, np.log(2)),
        (0, "goal0", 1.0, 0, 1, np.log(3)),
        (0, "goal1", 0.25, 0, 2, np.log(4)),
        (1, "pretrained", None, 1, 0, np.log(2)),
        (1, "goal0", 0.0, 1, 1, np.log(3)),
        (1, "goal1", 0.994, 1, 2, np.log(4)),
    ]
    rows = [(*row[:2], None if np.isnan(row[2]) else row[2], *row[3:]) for row in summary.itertuples(index=False)]
    assert [row[:5] for row in rows] == [row[:5] for row in expected]
    assert [row[5] for row in rows] == pytest.approx([row[5] for row in expected])  # the logarithm's last bit is the processor's


def test_titles_and_note(figure: Figure) -> None:
    assert [axes.get_title() for axes in figure.axes[:6]] == [
        "head 0, pretrained",
        "head 0, PPO to (1.5, 1.5): 100 % success",
        "head 0, PPO to (-1, 1.25): 25 % success",
        "head 1, pretrained",
        "head 1, PPO to (1.5, 1.5): 0 % success",
        "head 1, PPO to (-1, 1.25): 99 % success",
    ]
    assert figure.get_supxlabel() == "x (m)\na note"
    assert figure.get_supylabel() == "y (m)"


@pytest.mark.parametrize("panel", range(6))
def test_maps_are_the_summary_on_one_scale(figure: Figure, panel: int) -> None:
    head, column = divmod(panel, 3)
    (image,) = figure.axes[panel].collections
    expected = np.zeros((BINS, BINS))
    expected[head, column] = np.log(column + 2)
    np.testing.assert_allclose(image.get_array(), expected, rtol=1e-12)
    side = np.linspace(-2, 2, BINS + 1)
    np.testing.assert_allclose(image.get_coordinates(), np.stack(np.meshgrid(side, side), axis=-1))
    assert image.get_clim() == (0, np.log(4))


@pytest.mark.parametrize("panel", range(6))
def test_walls_start_and_goals(figure: Figure, panel: int) -> None:
    axes = figure.axes[panel]
    drawn = [[*wall.get_xy(), wall.get_width(), wall.get_height()] for wall in patches(axes, Rectangle)]
    np.testing.assert_array_equal(drawn, WALLS)
    assert all(same_color(wall.get_facecolor(), "0.45") for wall in patches(axes, Rectangle))
    (start,) = axes.get_lines()
    assert (*start.get_xdata(), *start.get_ydata(), start.get_color()) == (0.5, -0.5, "red")
    circles = [(circle.center, circle.radius) for circle in patches(axes, Circle)]
    assert circles == {0: [], 1: [((1.5, 1.5), 0.45)], 2: [((-1.0, 1.25), 0.45)]}[panel % 3]
    red, green, blue, _ = (patches(axes, Circle) or [Circle((0, 0), edgecolor="g")])[0].get_edgecolor()
    assert green > max(red, blue)


def test_the_outer_wall_is_cut(figure: Figure) -> None:
    assert (figure.axes[0].get_xlim(), figure.axes[0].get_ylim()) == ((-1.5, 1.5), (-1.5, 1.5))
