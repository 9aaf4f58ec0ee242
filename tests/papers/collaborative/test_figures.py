"""Figures and tables of Collaborative Exploration show the numbers they were given, and nothing of what was not run."""

from collections.abc import Iterator

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from kmyriad.figures import draw
from kmyriad.papers.collaborative import arms as ce_arms
from kmyriad.papers.collaborative import curves as ce_curves
from kmyriad.papers.collaborative import fig3 as ce_iqm
from kmyriad.papers.collaborative import fig5 as ce_maze
from kmyriad.papers.collaborative import scores as ce_tables


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with matplotlib.rc_context():
        draw.use_style()
        yield
    plt.close("all")


PENDULUM, CARTPOLE = "pendulum-swingup", "cartpole-swingup_sparse"
RUNS = {(PENDULUM, "replica"): 100, (PENDULUM, "ce"): 200, (CARTPOLE, "replica"): 300, (CARTPOLE, "ce"): 400, ("maze", "ce"): 0}


def metrics(runs: dict[tuple[str, str], int] = RUNS) -> pd.DataFrame:
    """Two blocks; score names its origin: that of the run, 10 a seed, 1 a block. Seed 1 returns 101 in block 1, else 0."""
    rows = [
        {"task": task, "arm": arm, "seed": seed, "epoch": block, "env_steps": 1000 * (block + 1)}
        | {"score": base + 10 * seed + block, "task_return": 101.0 * seed * block}
        for (task, arm), base in runs.items()
        for seed in (0, 1)
        for block in (0, 1)
    ]
    return pd.DataFrame(rows)


def lines_of(figure: Figure, axes: Axes) -> dict:
    """The lines of a panel by what the legend calls them, by colour; what is there for the legend alone has no points."""
    legend = figure.legends[0]
    names = {line.get_color(): text.get_text() for line, text in zip(legend.get_lines(), legend.get_texts(), strict=True)}
    return {names[line.get_color()]: line for line in axes.get_lines() if len(line.get_xdata())}


def test_curves() -> None:
    figure = ce_curves.draw(metrics(), ["maze", PENDULUM], ["replica", "ce"], "a note")
    maze, pendulum = figure.axes
    assert (maze.get_title(), pendulum.get_title()) == ("maze", PENDULUM)
    lines = lines_of(figure, pendulum)
    assert list(lines) == ["Replica", "CE"]
    # Means over seeds 0 and 1: 5 above seed 0.
    assert list(lines["CE"].get_ydata()) == [205, 206]
    assert list(lines["CE"].get_xdata()) == [1, 2]
    # Replica was not run in the maze.
    assert {name: len(line.get_xdata()) for name, line in lines_of(figure, maze).items()} == {"CE": 2}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Replica", "CE"]


def test_iqm_over_the_same_tasks_for_all_arms() -> None:
    summary = ce_iqm.summarise(metrics(), ["replica", "ce"], 50).set_index(["arm", "env_steps"])
    # Scores of CE in block 1 are 201, 211, 401, 411: one of four is left out at each end, (211 + 401) / 2 / 1000.
    assert summary.loc[("ce", 2000), "mean"] == pytest.approx(0.306)
    assert summary.loc[("ce", 2000), "n"] == 4
    assert summary.loc[("replica", 1000), "mean"] == pytest.approx(0.205)
    alone = metrics({**RUNS, ("acrobot-swingup", "ce"): 900, ("maze", "independent"): 0})
    there, shared = ce_iqm.comparable(alone, ["replica", "ce", "independent"])
    assert (there, shared) == (["replica", "ce"], [PENDULUM, CARTPOLE])
    assert ce_iqm.summarise(alone, ["replica", "ce", "independent"], 50)["mean"].tolist() == summary["mean"].tolist()
    # An arm that was not on all tasks takes none of them from the others.
    assert ce_iqm.comparable(metrics({**RUNS, (CARTPOLE, "sac"): 0}), ["sac", "replica", "ce"]) == (there, shared)
    assert ce_iqm.comparable(metrics({(PENDULUM, "ce"): 0}), ["ce"]) == ([], [])
    figure = ce_iqm.draw(summary.reset_index(), ["replica", "ce"], "a note")
    lines = lines_of(figure, figure.axes[0])
    assert list(lines) == ["Replica", "CE"]
    assert list(lines["CE"].get_ydata()) == pytest.approx([0.305, 0.306])
    # The band is the bootstrap's.
    corners = {tuple(corner) for band in figure.axes[0].collections for path in band.get_paths() for corner in path.vertices}
    assert {(2.0, bound) for bound in summary.loc[("ce", 2000), ["low", "high"]]} <= corners


def test_table() -> None:
    numbers = ce_tables.summarise(metrics(), [PENDULUM, CARTPOLE, "maze"], ["replica", "ce"], 50)
    rows = numbers.set_index(["task", "arm"])
    # Absent: Replica in the maze. Beside the five runs, an IQM for each arm.
    assert len(rows) == 5 + 2
    ce = rows.loc[(PENDULUM, "ce")]
    # 201 and 211: mean 206, sd 10 / sqrt(2). One of two seeds got above 100, so the median is infinite: "never".
    assert (ce["mean"], ce["sd"], ce["seeds"], ce["reached"]) == (206, pytest.approx(7.0711, abs=1e-4), 2, 1)
    assert pd.isna(ce["steps"])
    assert (ce["printed_mean"], ce["printed_sd"]) == (841.4, 4.3)
    assert rows.loc[(ce_tables.IQM, "ce"), "mean"] == pytest.approx(0.306)
    printed = ce_tables.layout(numbers, ["replica", "ce"]).set_index(["task", "source"])
    assert list(printed.columns) == ["Replica", "CE"]
    assert printed.loc[(PENDULUM, "ours")].tolist() == ["106.0 ± 7.1", "206.0 ± 7.1"]
    assert printed.loc[(PENDULUM, "paper")].tolist() == ["345.0 ± 320.8", "841.4 ± 4.3"]
    assert printed.loc[(PENDULUM, "steps to 100"), "CE"] == "never, 1 of 2"
    assert printed.loc[("maze", "ours")].tolist() == ["-", "6.0 ± 7.1"]
    assert [source for task, source in printed.index if task == "maze"] == ["ours"]
    assert [source for task, source in printed.index if task == CARTPOLE] == ["ours", "steps to 100"]
    assert printed.loc[(ce_tables.IQM, ""), "CE"].startswith("0.306 [0.")


def test_median_steps() -> None:
    table = metrics({(PENDULUM, "ce"): 0})
    later = table[table["seed"] == 1].assign(seed=2)
    numbers = ce_tables.summarise(pd.concat([table, later]), [PENDULUM], ["ce"], 10).iloc[0]
    assert (numbers["reached"], numbers["steps"]) == (2, 2000)  # of 2000, 2000 and never


def visits() -> pd.DataFrame:
    """In the maze's middle row: agent 0 in column 1 in both phases, agent 1 in column 2 once, then thrice in 1 and once in 2."""
    cells = [(0, 0, 1, 4, 2), (1, 0, 2, 4, 20), (0, 1, 1, 4, 22), (1, 1, 1, 3, 30), (1, 1, 2, 1, 40)]
    names = ["agent", "phase", "column", "visits", "first"]
    table = pd.DataFrame(cells, columns=names).assign(task="maze", arm="ce", row=4)
    return pd.concat([table.assign(seed=seed) for seed in (0, 1)], ignore_index=True)


def test_maze() -> None:
    table = ce_maze.covered_by_then(visits())
    summary = ce_maze.summarise(table)
    covered, overlap = (summary[summary["quantity"] == name].set_index("env_steps")["mean"] for name in ce_maze.QUANTITIES)
    # One cell of 39 until step 20, then two; shared from step 30 on is one of the two.
    assert (covered[19], covered[20], covered[40]) == pytest.approx((1 / 39, 2 / 39, 2 / 39))
    assert (overlap[29], overlap[30]) == (0, 0.5)
    figure = ce_maze.draw(table, visits(), ["ce"], "a note")
    maps = [axes for axes in figure.axes if axes.images]
    assert len(maps) == 2
    assert maps[0].get_ylabel() == "CE\nboth goals:\n0 of 2 seeds"
    goals = pd.DataFrame({"row": [1, 7], "column": 7, "seed": 1, "agent": 0, "phase": 0, "visits": 1, "first": 40})
    there = pd.concat([visits(), goals.assign(task="maze", arm="ce")])
    found = ce_maze.draw(table, there, ["ce"], "a note")
    assert next(axes for axes in found.axes if axes.images).get_ylabel() == "CE\nboth goals:\n1 of 2 seeds"
    dots = [each for each in maps[1].collections if isinstance(each, PathCollection)]
    assert [each.get_label() for each in dots] == ["agent 0", "agent 1"]
    # Beside each other in the cell; the area goes by the square root of the share: 3 and 1 of 4.
    assert dots[1].get_offsets().tolist() == [[1.25, 4], [2.25, 4]]
    assert dots[1].get_sizes() / dots[0].get_sizes() == pytest.approx([0.75**0.5, 0.5])


def test_labels_and_colours() -> None:
    assert [ce_arms.arm_label(arm) for arm in ("ce", "ce8", "replica16", "k5", "mine")] == [
        "CE",
        "CE 8",
        "Replica 16",
        "K = 5",
        "mine",
    ]
    colours = ce_arms.arm_colours(["replica", "ce", "replica_ucb", "all", "k5"])
    assert len(set(colours.values())) == 5
    assert ce_arms.arm_colours(["ce"])["ce"] == colours["ce"]
