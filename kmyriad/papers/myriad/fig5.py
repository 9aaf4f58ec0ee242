"""Fig. 5: collective state entropy, and the noise it comes with, against epochs; one column an environment, one curve a run."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kmyriad.figures.draw import colours, finish, look_of, panels, show_means
from kmyriad.figures.heads import heads_label
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import of_stage, read_tables
from kmyriad.papers.myriad.coverage_runs import best_untrained, read_untrained
from kmyriad.settings import FigureJob
from kmyriad.statistics.intervals import mean_intervals

BY = ["environment", "heads", "update", "epoch"]
QUANTITIES = {"entropy": "state entropy (nats)", "mean_std": "std of u"}


def by_update(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return `metrics` with a column update: what follows @ in the environment of runs with another update than the rest."""
    names = metrics["environment"].str.partition("@")
    control = names[2].where(names[2].isin(["gradient", "trust-region"]), "")
    return metrics.assign(environment=metrics["environment"].where(control == "", names[0]), update=control)


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers by environment, heads, update and epoch, over n seeds.

    mean, low, high: of the entropy (nats); std_mean, std_low, std_high: of the mean standard deviation of u.
    `metrics` has the columns environment (see `by_update`), heads, seed, epoch, entropy, mean_std.
    """
    runs = by_update(metrics)
    std = mean_intervals(runs, BY, "mean_std").add_prefix("std_")
    return mean_intervals(runs, BY, "entropy").assign(**{name: std[name] for name in ("std_mean", "std_low", "std_high")})


def draw(metrics: pd.DataFrame, environments: list[str], note: str, untrained: dict[str, float] | None = None) -> Figure:
    """Return the figure of `metrics` (see `summarise`), panels in the order of `environments`, `note` below them.

    `untrained`: the entropy that the best noise reaches without training, by environment.
    """
    runs = by_update(metrics)
    runs["curve"] = runs["heads"].map(heads_label) + runs["update"].radd(", ").where(runs["update"] != "", "")
    curves = runs.drop_duplicates("curve").sort_values(["update", "heads"]).set_index("curve")
    palette = colours(sorted(curves["heads"]))
    look = look_of(curves["heads"].map(palette).to_dict(), dashed=curves.index[curves["update"] != ""])
    rows = runs.melt(["environment", "curve", "epoch"], list(QUANTITIES), "quantity")
    grid = panels(rows, environments, QUANTITIES, look)
    grid.set_xlabels("epochs")
    for axes in grid.axes.flat:
        show_means(axes)
    for environment, entropy in (untrained or {}).items():
        if environment in environments:
            _draw_reference(grid.axes_dict["entropy", environment], entropy)
    finish(grid.figure, note)
    return grid.figure


def _draw_reference(axes: Axes, entropy: float) -> None:
    axes.axhline(entropy, color="0.3", linestyle=":", linewidth=1.2, label="best untrained noise")
    bottom, top = axes.get_ylim()
    axes.set_ylim(min(bottom, entropy - 0.1), max(top, entropy + 0.1))


def fig5(job: FigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the pretraining runs whose metrics are among `files`, and what untrained noise reaches by the tables among them."""
    metrics = read_tables(of_stage(files, "pretrain"))
    summary = summarise(metrics)
    untrained = best_untrained(read_untrained(files))
    drawn = summary.assign(untrained=summary["environment"].map(untrained)) if untrained else summary
    return draw(metrics, list(job.environments), job.note, untrained), drawn


main = drawing_stage(fig5, "metrics.csv of every pretraining run; coverage.csv of untrained policies")

if __name__ == "__main__":
    main()
