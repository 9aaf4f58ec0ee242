"""Fig. 5 shows the numbers it was given: which panel, which curve, which colour, which label."""

from collections.abc import Iterator
from io import BytesIO
from itertools import product

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.figure import Figure

from kmyriad.figures import draw, fig5

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
    return table.assign(entropy=[entropy(*run) for run in runs])


def drawn(data: pd.DataFrame | None = None, environments: list[str] = ENVIRONMENTS) -> Figure:
    return fig5.draw(fig5.summarise(metrics() if data is None else data), environments, "a note")


def visible(figure: Figure) -> list:
    return [axes for axes in figure.axes if axes.axison]


def test_summary() -> None:
    # Two seeds, 0.02 apart: s = 0.02 / sqrt 2, half 12.7062 s / sqrt 2 = 0.127062.
    summary = fig5.summarise(metrics()).set_index(["environment", "heads", "epoch"])
    assert len(summary) == 2 * 2 * 3
    row = summary.loc["ant-empty", 10, 2]
    assert row["mean"] == pytest.approx(100 + 10 + 0.2 + 0.01)
    assert row["high"] - row["mean"] == pytest.approx(0.127062, abs=1e-6)
    assert row["n"] == 2


def test_panels_are_in_the_order_asked_for() -> None:
    assert [axes.get_title() for axes in visible(drawn())] == ["Maze", "Empty"]
    assert [axes.get_title() for axes in visible(drawn(environments=ENVIRONMENTS[::-1]))] == ["Empty", "Maze"]


@pytest.mark.parametrize("panel", [0, 1])
def test_curves_are_the_summary(panel: int) -> None:
    axes = visible(drawn())[panel]
    usual = draw.colours([1, 10, 50])
    for line, heads in zip(axes.get_lines(), (1, 10), strict=True):
        assert line.get_xdata().tolist() == [0, 1, 2]
        assert line.get_ydata() == pytest.approx([100 * panel + heads + epoch / 10 + 0.01 for epoch in range(3)])
        assert line.get_color() == usual[heads]


def test_labels() -> None:
    figure = drawn()
    first, second = visible(figure)
    assert (first.get_ylabel(), second.get_ylabel()) == ("state entropy (nats)", "")
    assert {first.get_xlabel(), second.get_xlabel()} == {"policy updates"}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["1 head", "10 heads"]
    assert "a note" in [text.get_text() for text in figure.texts]


@pytest.mark.parametrize(("count", "grid"), [(1, (1, 1)), (2, (1, 2)), (4, (1, 4)), (5, (2, 4))])
def test_layout(count: int, grid: tuple[int, int]) -> None:
    # At most four panels a row; the cells that are left over stay empty.
    names = [f"ant-{letter}" for letter in "abcde"[:count]]
    data = pd.concat([metrics(environments=ENVIRONMENTS[:1]).assign(environment=name) for name in names])
    figure = drawn(data, names)
    assert figure.axes[0].get_gridspec().get_geometry() == grid
    assert [axes.get_title() for axes in visible(figure)] == list("ABCDE"[:count])


def test_an_environment_without_runs_is_an_empty_panel() -> None:
    maze, empty = visible(drawn(metrics(environments=ENVIRONMENTS[:1])))
    assert all(len(line.get_xdata()) == 3 for line in maze.get_lines())
    assert all(len(line.get_xdata()) == 0 for line in empty.get_lines())


def test_one_seed_is_drawn_without_a_band() -> None:
    data = metrics()
    for table, banded in ((data, True), (data[data["seed"] == 0], False)):
        (axes, _) = visible(drawn(table))
        assert [len(line.get_xdata()) for line in axes.get_lines()] == [3, 3]
        assert [bool(area.get_paths()) for area in axes.collections] == [banded, banded]


def picture(figure: Figure) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def test_the_same_numbers_give_the_same_picture() -> None:
    assert picture(drawn()) == picture(drawn())
    assert picture(drawn()) != picture(drawn(metrics().assign(entropy=1.0)))
