"""Figure `coverage`: entropy and distance against noise, trained policies beside untrained ones; one column an environment."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from kmyriad.figures.draw import colours, drawn_interval, finish, name_panels, panel_title, show_means
from kmyriad.figures.heads import heads_label
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


def compared(trained: pd.DataFrame, untrained: pd.DataFrame) -> pd.DataFrame:
    """Return both tables as one with the column noise; the update of untrained policies is "none".

    `trained` has the columns of the stage coverage_trained with environment, update, heads, seed; `untrained` those of
    coverage_untrained. noise is the mean standard deviation of u, of trained policies over the seeds.
    """
    noise = trained.groupby(["environment", "update", "heads", "acting"])["std"].transform("mean")
    return pd.concat([trained.assign(noise=noise), untrained.assign(update="none")], ignore_index=True)


HEIGHT = 1.75
"""Of a panel, in inches."""


def summarise(both: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: mean, low, high over n seeds of each quantity, by environment, update, heads, noise, acting."""
    parts = [mean_intervals(both, BY, value).assign(quantity=value) for value in sorted({row[1] for row in ROWS})]
    return pd.concat(parts, ignore_index=True)


def draw(both: pd.DataFrame, environments: list[str], note: str) -> Figure:
    """Return the figure of `both` (see `compared`): lines are untrained policies, markers trained ones."""
    both = both.sort_values(["update", "heads"], key=lambda column: column.replace("none", ""))
    both = both.assign(curve=both["heads"].map(heads_label) + ", " + both["update"].replace("none", "untrained"))
    tables = [both[both["acting"] == acting].assign(value=both[quantity], row=label) for acting, quantity, label in ROWS]
    labels = [label for *_, label in ROWS]
    facets = dict(row="row", row_order=labels, col="environment", col_order=environments, sharey=False, margin_titles=True)
    # The legend takes 4.4 inches, however few panels there are.
    grid = sns.FacetGrid(pd.concat(tables), height=HEIGHT, aspect=max(1.15, 4.4 / (HEIGHT * len(environments))), **facets)
    palette = colours(sorted(both["heads"].unique()))
    curves = both.drop_duplicates("curve").set_index("curve")
    markers = curves["update"].map(MARKERS).dropna().to_dict()
    grid.map_dataframe(_draw_panel, palette=curves["heads"].map(palette).to_dict(), markers=markers)
    grid.set(ylabel="").set_xlabels("standard deviation of u")
    name_panels(grid, panel_title, labels)
    finish(grid.figure, note, columns=3)
    return grid.figure


def _draw_panel(data: pd.DataFrame, palette: dict[str, str], markers: dict[str, str], **_: object) -> None:
    axes = plt.gca()
    untrained = data["update"] == "none"
    look = dict(x="noise", y="value", hue="curve", palette=palette, ax=axes)
    sns.lineplot(data[untrained], errorbar=None, linewidth=1, alpha=0.7, **look)
    bars = dict(err_style="bars", errorbar=drawn_interval, linestyle="", markeredgewidth=0)
    sns.lineplot(data[~untrained], style="curve", markers=markers, dashes=False, markersize=5, **bars, **look)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(TICKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    show_means(axes)


def coverage(job: CoverageFigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the tables of coverage_trained and coverage_untrained in `files`."""
    both = compared(read_trained(files, job.update), read_untrained(files))
    return draw(both, list(job.environments), job.note), summarise(both)


main = drawing_stage(coverage, "coverage.csv of trained and of untrained policies", CoverageFigureJob)

if __name__ == "__main__":
    main()
