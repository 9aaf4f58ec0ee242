"""Figure `coverage`: entropy and distance against noise, trained policies beside untrained ones; one column an environment."""

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from kmyriad.figures.draw import NOTE_SIZE, colours, drawn_interval, heads_label, panel_title, show_means, wrapped
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.myriad.coverage_runs import read_trained, read_untrained
from kmyriad.settings import CoverageFigureJob
from kmyriad.statistics.intervals import mean_intervals

TICKS = (0.2, 0.5, 1, 2, 4)
MARKERS = {"trust-region": "o", "gradient": "s"}
ROWS = (
    ("sampled", "entropy", "entropy, sampled\nactions (nats)"),
    ("sampled", "distance_mean", "distance, sampled\nactions (m)"),
    ("mean", "distance_mean", "distance, mean\naction (m)"),
)
"""Actions, quantity and label of each row of panels."""
BY = ["environment", "update", "heads", "noise", "acting"]


def summarise(trained: pd.DataFrame, untrained: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: mean, low, high over n seeds of each quantity, by environment, update, heads, noise, acting.

    `trained` has the columns of the stage coverage_trained with environment, update, heads, seed; `untrained` those of
    coverage_untrained. noise is the mean standard deviation of u; the update of untrained policies is "none".
    """
    noise = trained.groupby(["environment", "update", "heads", "acting"])["std"].transform("mean")
    both = pd.concat([trained.assign(noise=noise), untrained.assign(update="none")], ignore_index=True)
    parts = [mean_intervals(both, BY, value).assign(quantity=value) for value in sorted({row[1] for row in ROWS})]
    return pd.concat(parts, ignore_index=True)


def draw(summary: pd.DataFrame, environments: list[str], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`): lines are untrained policies, markers trained ones."""
    size = (max(4.4, 1.9 * len(environments) + 0.8), 1.6 * len(ROWS) + 0.8)  # the legend has 4 inches
    figure, grid = plt.subplots(len(ROWS), len(environments), figsize=size, squeeze=False, sharex=True, layout="constrained")
    palette = colours(sorted(summary["heads"].unique()))
    for row, (acting, quantity, label) in zip(grid, ROWS, strict=True):
        shown = summary[(summary["acting"] == acting) & (summary["quantity"] == quantity)]
        for axes, environment in zip(row, environments, strict=True):
            _draw_panel(axes, shown[shown["environment"] == environment], palette)
        row[0].set_ylabel(label)
    for axes, environment in zip(grid[0], environments, strict=True):
        axes.set_title(panel_title(environment))
    handles = dict(zip(*reversed(grid[0, 0].get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=3, fontsize=7)
    figure.supxlabel(f"standard deviation of u\n{wrapped(note, figure)}", fontsize=NOTE_SIZE)
    return figure


def _draw_panel(axes: Axes, summary: pd.DataFrame, palette: dict[int, str]) -> None:
    axes.set_xscale("log")
    for (update, heads), points in summary.groupby(["update", "heads"]):
        label = f"{heads_label(heads)}, {'untrained' if update == 'none' else update}"
        if update == "none":
            axes.plot(points["noise"], points["mean"], color=palette[heads], linewidth=1, alpha=0.7, label=label)
            continue
        low, high = drawn_interval(points)
        error = (points["mean"] - low, high - points["mean"])
        style: dict[str, Any] = dict(fmt=MARKERS[update], color=palette[heads], markersize=4.5, capsize=2, linestyle="none")
        axes.errorbar(points["noise"], points["mean"], yerr=error, label=label, **style)
    axes.xaxis.set_major_locator(FixedLocator(TICKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    show_means(axes, summary)


def coverage(job: CoverageFigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the tables of coverage_trained and coverage_untrained in `files`."""
    summary = summarise(read_trained(files, job.update), read_untrained(files))
    return draw(summary, list(job.environments), job.note), summary


main = drawing_stage(coverage, "coverage.csv of trained and of untrained policies", CoverageFigureJob)

if __name__ == "__main__":
    main()
