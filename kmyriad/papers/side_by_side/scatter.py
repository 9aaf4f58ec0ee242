"""Figure `side_by_side_scatter`: how much of the common entropy is each agent's own, and how much is going different ways."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kmyriad.figures.draw import finish, name_panels
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.side_by_side.runs import ENTRY, measures, palette, titled
from kmyriad.settings.side_by_side import METHODS, SideFigureJob
from kmyriad.statistics.intervals import mean_intervals

PARTS = ("entropy", "individual", "divergence")
BELOW = 1.5
"""Nats below the best untrained noise that a panel shows."""
MARKERS = {"untrained": "o", "on-policy": "s", "off-policy": "^"}


def draw(table: pd.DataFrame, tasks: list[str], methods: tuple[str, ...], agents: int, note: str) -> Figure:
    """Return the figure of `table` (columns place, method and PARTS): a panel a task, a point a run.

    Grey lines join what has the same entropy; the dotted one is log `agents`, the most that going different ways can add.
    """
    rows = table.assign(curve=titled(table["method"]), kind=table["method"].map(lambda name: METHODS[name].kind))
    shown = palette(methods)
    looks = dict(hue="curve", hue_order=list(shown), palette=shown, style="curve", style_order=list(shown))
    looks["markers"] = {METHODS[name].title: MARKERS[METHODS[name].kind] for name in methods}
    facets = dict(col="place", col_order=tasks, col_wrap=min(4, len(tasks)), height=2.5, aspect=1.0)
    options = dict(legend_out=False, sharex=False, sharey=False)
    grid = sns.relplot(
        rows, x="individual", y="divergence", s=28, alpha=0.85, linewidth=0.3, facet_kws=options, **facets, **looks
    )
    for axes, task in zip(grid.axes.flat, tasks, strict=True):
        axes.set_xlim(left=max(axes.get_xlim()[0], _lowest(table, task)))
        _levels(axes, agents)
    name_panels(grid, str, ["going different ways:\ndivergence (nats)"])
    grid.set_xlabels("each alone: mean entropy (nats)")
    grid.figure.set_figheight(grid.figure.get_figheight() + 1.2)  # for the legend and the note
    finish(grid.figure, note, columns=int(grid.figure.get_figwidth() / ENTRY))
    return grid.figure


def _lowest(table: pd.DataFrame, task: str) -> float:
    """Return the left end of a panel: `BELOW` under the best noise, if that was measured; what sees less is left of the frame."""
    level = table[(table["place"] == task) & (table["method"] == "untrained")]["individual"]
    return float("-inf") if level.empty else level.mean() - BELOW


def _levels(axes: Axes, agents: int) -> None:
    """Draw lines of equal entropy, half a nat apart, and log `agents`, where they cross the panel."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    for level in np.arange(np.ceil(2 * (left + bottom)) / 2, right + top, 0.5):
        axes.plot([level - bottom, level - top], [bottom, top], color="0.85", linewidth=0.7, zorder=0)
    axes.axhline(np.log(agents), color="0.5", linewidth=0.8, linestyle=":", zorder=0)
    axes.set(xlim=(left, right), ylim=(bottom, max(top, np.log(agents) + 0.1)))


def side_by_side_scatter(job: SideFigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the measures of all runs in `files`, of sampled actions."""
    table = measures(files)
    parts = [mean_intervals(table, ["place", "method"], part).assign(quantity=part) for part in PARTS]
    numbers = pd.concat(parts, ignore_index=True)
    return draw(table, list(job.tasks), job.methods, job.agents, job.note), numbers


main = drawing_stage(side_by_side_scatter, "measures.csv of every run", SideFigureJob)

if __name__ == "__main__":
    main()
