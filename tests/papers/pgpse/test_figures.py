"""The grid worlds' figures and tables show the numbers they were given."""

from collections.abc import Iterator
from io import BytesIO
from itertools import product

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver

from kmyriad.figures import draw
from kmyriad.gridworld import parse
from kmyriad.papers.pgpse import bars as pgpse_bars
from kmyriad.papers.pgpse import curves as pgpse_curves
from kmyriad.papers.pgpse import finals, specialisation
from kmyriad.papers.pgpse import maps as pgpse_maps

WORLDS = ["room-det", "maze-det"]
CORNER = parse("corner", "SF\nF-")
SOURCES = ("parallel", "single", "random")


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with matplotlib.rc_context():
        draw.use_style()
        yield
    plt.close("all")


def maps(figure: Figure) -> list:
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]


def picture(figure: Figure) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def metrics() -> pd.DataFrame:
    """Entropy names its origin: 0.4 a world, 0.1 parallel, 0.01 an agent, 0.002 a seed, 0.0002 an update; support * 10."""
    runs = list(product(WORLDS, (2, 6), ("parallel", "single"), (0, 1), (50, 100, 150)))
    table = pd.DataFrame(runs, columns=["world", "agents", "arm", "seed", "update"])
    entropy = [0.4 * WORLDS.index(w) + 0.1 * (a == "parallel") + 0.01 * m + 0.002 * s + 2e-4 * u for w, m, a, s, u in runs]
    return table.assign(variant="plain", entropy=entropy, support=[10 * value for value in entropy])


def curves(figure: Figure, axes: Axes) -> dict:
    """The lines of a panel by what the legend calls them; what is there for the legend alone has no points."""
    legend = figure.legends[0]
    lines = [line for line in axes.get_lines() if len(line.get_xdata())]
    looks = [[(line.get_color(), line.get_linestyle()) for line in some] for some in (lines, legend.get_lines())]
    assert looks[0] == looks[1]
    return dict(zip((text.get_text() for text in legend.get_texts()), lines, strict=True))


def test_curves() -> None:
    figure = pgpse_curves.draw(metrics(), WORLDS[::-1], "a note")
    assert [axes.get_title() for axes in figure.axes] == ["Maze-det", "Room-det", "", ""]
    for (row, world), axes in zip(product((0, 1), (1, 0)), figure.axes, strict=True):
        lines = curves(figure, axes)
        assert list(lines) == ["2 agents", "1 agent, 2 trajectories", "6 agents", "1 agent, 6 trajectories"]
        expected = [0.4 * world + 0.1 + 0.06 + 0.001 + 2e-4 * update for update in (50, 100, 150)]
        assert lines["6 agents"].get_ydata() == pytest.approx([value * (10 if row else 1) for value in expected])
        assert [line.get_linestyle() for line in lines.values()] == ["-", "--", "-", "--"]
        assert lines["6 agents"].get_color() == lines["1 agent, 6 trajectories"].get_color() != lines["2 agents"].get_color()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(lines)


def datasets() -> pd.DataFrame:
    """Entropy m / 20 times 3, 2 or 1 for parallel, single, random; 0.01 a seed."""
    rows = [
        {"world": world, "agents": m, "source": source, "seed": seed, "entropy": m / 20 * (3 - rank) + 0.01 * seed}
        | {"mixture": 2.0 + seed, "individual": 1.5 + seed, "divergence": 0.5, "action_entropy": 0.25}
        for world, m, (rank, source), seed in product(WORLDS, (2, 4), enumerate(SOURCES), (0, 1))
    ]
    return pd.DataFrame(rows)


def test_bars_of_the_data_sets() -> None:
    figure = pgpse_bars.draw_entropy(datasets(), WORLDS, "a note")
    assert [axes.get_title() for axes in figure.axes] == ["Room-det", "Maze-det"]
    parallel, single, random = figure.axes[0].containers
    legend = figure.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["parallel agents", "single agent", "random policy"]
    shades = [bars[0].get_facecolor() for bars in (parallel, single, random)]
    assert [patch.get_facecolor() for patch in legend.get_patches()] == shades
    assert [bar.get_height() for bar in parallel] == pytest.approx([0.305, 0.605])
    assert [bar.get_height() for bar in single] == pytest.approx([0.205, 0.405])
    assert [bar.get_height() for bar in random] == pytest.approx([0.105, 0.205])
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["2", "4"]


def success() -> pd.DataFrame:
    """Goals 1 and 2: parallel reaches 0.5 and 0.9 (long: 1 and 1), others less; no data reaches goal 2 alone."""
    short = {"parallel": (0.5, 0.9), "single": (0.4, 0.2), "random": (0.1, 0.0)}
    rows = [
        {"world": world, "agents": 6, "source": source, "seed": seed, "goal": goal}
        | {"success_horizon": short[source][goal - 1] + 0.1 * (seed - 0.5), "success_long": 1.0}
        for world, source, seed, goal in product(WORLDS, SOURCES, (0, 1), (1, 2))
    ]
    floor = [
        {"world": world, "agents": 0, "source": "untrained", "seed": 0, "goal": goal}
        | {"success_horizon": goal - 1.0, "success_long": goal - 1.0}
        for world, goal in product(WORLDS, (1, 2))
    ]
    return pd.DataFrame(rows + floor)


def test_goals_in_order_of_success() -> None:
    summary = pgpse_bars.summarise_success(success())
    table = summary.set_index(["limit", "world", "source"]).loc[("success_horizon", "room-det", "parallel")]
    assert table[["rank", "goal"]].to_numpy().tolist() == [[1, 2], [2, 1]]
    assert table["success"].tolist() == pytest.approx([0.9, 0.5])
    figure = pgpse_bars.draw_success(summary, WORLDS, [6], "a note")
    lines = curves(figure, figure.axes[0])
    assert [(line.get_drawstyle(), line.get_xdata().tolist()) for line in lines.values()] == [("steps-mid", [1, 2])] * 4
    heights = {name: line.get_ydata().tolist() for name, line in lines.items()}
    assert heights["parallel agents"] == pytest.approx([0.9, 0.5])
    assert heights["single agent"] == pytest.approx([0.4, 0.2])
    assert heights["no data"] == [1.0, 0.0]
    assert figure.axes[2].get_ylabel() == "success rate, m = 6,\nwithin the long limit"


def test_a_map_of_cells() -> None:
    # The map is "SF / F-": state 3 is a wall, state 2 has no value.
    _, axes = plt.subplots()
    image = pgpse_maps.draw_cells(axes, CORNER, np.array([0.1, 0.4, np.nan, np.nan]), "viridis", 0.4)
    np.testing.assert_array_equal(image.get_array().filled(-1), [[0.1, 0.4], [-1, -1]])
    assert image.get_clim() == (0, 0.4)
    walls = axes.collections[1].get_array()
    assert walls.mask.tolist() == [[True, True], [True, False]]
    (start,) = axes.get_lines()
    assert start.get_xydata().tolist() == [[0.5, 0.5]]  # the middle of the first cell; rows go down
    assert axes.get_ylim() == (2, 0)


def test_visits_and_reached_goals_are_in_their_panels() -> None:
    rows = [
        {"world": "corner", "source": source, "state": state, "visits": 0.1 * (state + 1) + 0.01 * rank}
        for (rank, source), state in product(enumerate(("single", "parallel")), (0, 1, 2))
    ]
    parallel, single = maps(pgpse_maps.draw_visits(pd.DataFrame(rows), {"corner": CORNER}, "a note"))
    assert [axes.get_title() for axes in (parallel, single)] == ["Corner, parallel agents", "Corner, single agent"]
    assert parallel.collections[0].get_array()[0, 1] == pytest.approx(0.21)
    reached = pd.DataFrame({"world": "corner", "source": SOURCES, "goal": 2, "success": [0.9, 0.5, 0.1]})
    panels = maps(pgpse_maps.draw_reached(reached, {"corner": CORNER}, "a note"))
    assert [axes.collections[0].get_array()[1, 0] for axes in panels] == [0.9, 0.5, 0.1]


def policies() -> pd.DataFrame:
    row = {"world": "corner", "state": 0, "visits": 1.0, "action_entropy": 0.25, "mean_action_entropy": 0.125}
    return pd.DataFrame(
        [
            row | {"source": "parallel", "agent": 0, "action": 1},
            row | {"source": "parallel", "agent": 1, "action": 2},
            row | {"source": "parallel", "agent": 1, "action": 2, "state": 1, "visits": 0.001},
            row | {"source": "single", "agent": 0, "action": 3},
        ]
    )


def test_arrows_show_where_actions_lead() -> None:
    panels = maps(pgpse_maps.draw_policies(policies(), {"corner": CORNER}, "a note"))
    assert [axes.get_title() for axes in panels] == ["single agent: 0.12", "agent 1: 0.12", "agent 2: 0.12"]
    arrows = [next(item for item in axes.collections if isinstance(item, Quiver)) for axes in panels]
    # up, down, right; the cell that is hardly visited has none.
    assert [(arrow.U.tolist(), arrow.V.tolist()) for arrow in arrows] == [([0], [1]), ([0], [-1]), ([1], [0])]
    assert panels[2].collections[0].get_array().mask.tolist() == [[False, True], [True, True]]


def test_table_of_final_values() -> None:
    summary = finals.summarise(metrics())
    row = summary[(summary["world"] == "room-det") & (summary["agents"] == 6) & (summary["arm"] == "parallel")].iloc[0]
    # The last 100 of 150 updates are the rows of 100 and 150: 0.1 + 0.06 + 0.001 + 0.025; two seeds 0.002 apart: sd 0.001414.
    assert row["entropy_mean"] == pytest.approx(0.186)
    assert row["entropy_sd"] == pytest.approx(0.00141421, abs=1e-7)
    assert (row["reference_entropy_mean"], row["reference_support_mean"], row["seeds"]) == (0.861, 30.7, 2)
    printed = finals.layout(summary).set_index(["world", "m", "arm"]).loc[("room-det", 6, "parallel")]
    assert printed.tolist() == ["plain", "0.186 ± 0.001", "0.861 ± 0.008", "1.9 ± 0.0", "30.7"]


def test_other_variants_have_no_reference() -> None:
    summary = finals.summarise(metrics().assign(variant="decayed"))
    assert summary["reference_entropy_mean"].isna().all()
    assert set(finals.layout(summary)["entropy, reference"]) == {"-"}


def test_table_of_specialisation_adds_up() -> None:
    summary = specialisation.summarise(datasets())
    assert (summary["mixture"] == summary["individual"] + summary["divergence"]).all()
    assert set(summary["source"]) == {"parallel", "single"}
    printed = specialisation.layout(summary).iloc[0].tolist()
    assert printed == ["maze-det", 2, "parallel", "2.500", "2.000", "0.500", "0.250"]


def test_the_same_numbers_give_the_same_picture() -> None:
    def drawn(change: float) -> bytes:
        table = metrics().assign(entropy=lambda rows: rows["entropy"] + change)
        return picture(pgpse_curves.draw(table, WORLDS, "a note"))

    assert drawn(0.0) == drawn(0.0) != drawn(0.01)
