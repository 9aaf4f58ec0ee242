"""Fig. 5 shows the numbers it was given: which panel, which curve, which colour, which label."""

from collections.abc import Iterator
from io import BytesIO
from itertools import product

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kmyriad.figures import draw
from kmyriad.papers.myriad import fig5

ENVIRONMENTS = ["ant-maze", "ant-empty"]


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with matplotlib.rc_context():
        draw.use_style()
        yield
    plt.close("all")


def entropy(environment: str, heads: int, seed: int, epoch: int) -> float:
    """A number that names its origin: 100 an environment, 1 a head, 0.1 an epoch, 0.02 a seed."""
    return 100 * ENVIRONMENTS.index(environment) + heads + epoch / 10 + 0.02 * seed


def metrics(heads: tuple[int, ...] = (10, 1), environments: list[str] = ENVIRONMENTS) -> pd.DataFrame:
    runs = list(product(environments, heads, (0, 1), (0, 1, 2)))
    table = pd.DataFrame(runs, columns=["environment", "heads", "seed", "epoch"])
    found = [entropy(*run) for run in runs]
    return table.assign(entropy=found, mean_std=[value / 1000 for value in found])


def drawn(data: pd.DataFrame | None = None, environments: list[str] = ENVIRONMENTS, **untrained: dict) -> Figure:
    return fig5.draw(metrics() if data is None else data, environments, "a note", **untrained)


def visible(figure: Figure, row: int = 0) -> list:
    """The row of entropies (0) or of standard deviations (1)."""
    return [axes for axes in figure.axes if axes.get_subplotspec().rowspan.start == row]


def lines_of(axes: Axes) -> list:
    """The lines of a panel; what is there for the legend alone has no points."""
    return [line for line in axes.get_lines() if len(line.get_xdata())]


def names_of(figure: Figure, lines: list) -> list[str]:
    """What the legend calls `lines`, by colour and style."""
    legend = figure.legends[0]
    looks = [(line.get_color(), line.get_linestyle()) for line in legend.get_lines()]
    names = dict(zip(looks, (text.get_text() for text in legend.get_texts()), strict=True))
    assert len(names) == len(looks)
    return [names[line.get_color(), line.get_linestyle()] for line in lines]


def test_summary() -> None:
    # Two seeds, 0.02 apart: s = 0.02 / sqrt 2, half 12.7062 s / sqrt 2 = 0.127062.
    summary = fig5.summarise(metrics()).set_index(["environment", "heads", "update", "epoch"])
    assert len(summary) == 2 * 2 * 3
    row = summary.loc["ant-empty", 10, "", 2]
    assert row["std_mean"] == pytest.approx(row["mean"] / 1000)
    assert row["std_high"] - row["std_mean"] == pytest.approx(0.000127062, abs=1e-9)
    assert row["mean"] == pytest.approx(100 + 10 + 0.2 + 0.01)
    assert row["high"] - row["mean"] == pytest.approx(0.127062, abs=1e-6)
    assert row["n"] == 2


def test_panels_are_in_the_order_asked_for() -> None:
    assert [axes.get_title() for axes in visible(drawn())] == ["Maze", "Empty"]
    assert [axes.get_title() for axes in visible(drawn(environments=ENVIRONMENTS[::-1]))] == ["Empty", "Maze"]


@pytest.mark.parametrize(("row", "unit"), [(0, 1), (1, 0.001)])
@pytest.mark.parametrize("panel", [0, 1])
def test_curves_are_the_summary(panel: int, row: int, unit: float) -> None:
    axes = visible(drawn(), row)[panel]
    usual = draw.colours([1, 10, 50])
    for line, heads in zip(lines_of(axes), (1, 10), strict=True):
        assert line.get_xdata().tolist() == [0, 1, 2]
        assert line.get_ydata() == pytest.approx([unit * (100 * panel + heads + epoch / 10 + 0.01) for epoch in range(3)])
        assert line.get_color() == usual[heads]


@pytest.mark.slow(2)
def test_the_best_untrained_noise_is_a_line_among_the_entropies() -> None:
    figure = drawn(untrained={"ant-empty": 7.5})
    (maze, empty), below = visible(figure), visible(figure, 1)
    assert [len(lines_of(axes)) for axes in (maze, empty, *below)] == [2, 3, 2, 2]
    assert list(empty.get_lines()[-1].get_ydata()) == [7.5, 7.5]
    assert figure.legends[0].get_texts()[-1].get_text() == "best untrained noise"


def test_a_control_is_dashed_in_the_panel_of_its_environment() -> None:
    control = metrics(environments=ENVIRONMENTS[:1]).assign(environment="ant-maze@gradient", entropy=1.0)
    figure = drawn(pd.concat([metrics(), control]))
    lines = lines_of(visible(figure)[0])
    assert [line.get_linestyle() for line in lines] == ["-", "-", "--", "--"]
    assert names_of(figure, lines) == ["1 head", "10 heads", "1 head, gradient", "10 heads, gradient"]
    assert list(lines[2].get_ydata()) == [1.0] * 3
    # Other studies have panels of their own.
    long = metrics(environments=ENVIRONMENTS[:1]).assign(environment="ant-maze@epochs9")
    assert set(fig5.summarise(long)["environment"]) == {"ant-maze@epochs9"}


def test_labels() -> None:
    figure = drawn()
    first, second = visible(figure)
    assert (first.get_ylabel(), second.get_ylabel()) == ("state entropy (nats)", "")
    assert {axes.get_xlabel() for axes in visible(figure, 1)} == {"epochs"}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["1 head", "10 heads"]
    assert figure.get_supxlabel() == "a note"


@pytest.mark.slow(2)
@pytest.mark.parametrize(("count", "grid"), [(1, (2, 1)), (2, (2, 2)), (4, (2, 4)), (5, (2, 5))])
def test_layout(count: int, grid: tuple[int, int]) -> None:
    # A column an environment, a row a quantity.
    names = [f"ant-{letter}" for letter in "abcde"[:count]]
    data = pd.concat([metrics(environments=ENVIRONMENTS[:1]).assign(environment=name) for name in names])
    figure = drawn(data, names)
    assert figure.axes[0].get_gridspec().get_geometry() == grid
    assert [axes.get_title() for axes in visible(figure)] == list("ABCDE"[:count])


def test_an_environment_without_runs_is_an_empty_panel() -> None:
    maze, empty = visible(drawn(metrics(environments=ENVIRONMENTS[:1])))
    assert [len(line.get_xdata()) for line in lines_of(maze)] == [3, 3]
    assert lines_of(empty) == []


@pytest.mark.slow(1)
def test_one_seed_is_drawn_without_a_band() -> None:
    data = metrics()
    for table, banded in ((data, True), (data[data["seed"] == 0], False)):
        (axes, _) = visible(drawn(table))
        assert [len(line.get_xdata()) for line in lines_of(axes)] == [3, 3]
        assert [bool(area.get_paths()) for area in axes.collections] == [banded, banded]


def picture(figure: Figure) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


@pytest.mark.slow(6)
def test_the_same_numbers_give_the_same_picture() -> None:
    assert picture(drawn()) == picture(drawn())
    assert picture(drawn()) != picture(drawn(metrics().assign(entropy=1.0)))
