"""Fig. 6: more trajectories an update: the entropy of each run's own batches, and of all final policies on equal terms."""

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from kmyriad.figures.draw import drawn_interval, panel_title, write_below
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.jobs.runs import BUDGETS, of_stage, read_tables
from kmyriad.papers.myriad.coverage_runs import TRAINED
from kmyriad.settings import FigureJob
from kmyriad.statistics.intervals import mean_intervals


def summarise(metrics: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Return the drawn numbers: entropy (nats) by environment, envs, epoch as mean, low, high over n seeds.

    Rows without an epoch are of the final policies' sampled actions, on one number of trajectories for all.
    """
    final = coverage[coverage["acting"] == "sampled"]
    parts = [mean_intervals(metrics, ["environment", "envs", "epoch"], "entropy")]
    parts.append(mean_intervals(final, ["environment", "envs"], "entropy"))
    return pd.concat(parts, ignore_index=True)


def draw(metrics: pd.DataFrame, coverage: pd.DataFrame, environments: list[str], trajectories: int, note: str) -> Figure:
    """Return the figure of both tables (see `summarise`), a row an environment: the lighter a curve, the fewer trajectories.

    The final policies were compared on `trajectories` trajectories.
    """
    size = (5.6, 2.4 * len(environments) + 0.4)
    figure, grid = plt.subplots(len(environments), 2, figsize=size, squeeze=False, layout="constrained")
    budgets = sorted(metrics["envs"].unique())
    palette = dict(zip(budgets, sns.color_palette("viridis_r", len(budgets)), strict=True))
    look: dict[str, Any] = dict(y="entropy", hue="envs", palette=palette, errorbar=drawn_interval)
    for (left, right), environment in zip(grid, environments, strict=True):
        training, final = (table[table["environment"] == environment] for table in (metrics, coverage))
        sns.lineplot(training, x="epoch", legend=False, ax=left, **look)
        left.set(title=panel_title(environment), xlabel="epochs", ylabel="state entropy of the batch (nats)")
        sampled = final[final["acting"] == "sampled"]
        sns.lineplot(sampled, x="envs", err_style="bars", marker="o", linestyle="", legend="full", ax=right, **look)
        # More trajectories, more entropy: nothing is in this corner.
        right.legend(title="trajectories", loc="lower right")
        right.set_xscale("log", base=2)
        right.set_xticks(budgets, [str(envs) for envs in budgets], minor=False)
        right.set(xlabel="trajectories an epoch in training", ylabel=f"entropy on {trajectories} trajectories (nats)")
    write_below(figure, note)
    return figure


def fig6(job: FigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the metrics among `files` and the coverage of the final policies."""
    coverage = read_tables(of_stage(files, TRAINED), BUDGETS)
    metrics = read_tables(of_stage(files, "pretrain"), BUDGETS)
    trajectories = int(coverage.loc[coverage["acting"] == "sampled", "trajectories"].max())
    return draw(metrics, coverage, list(job.environments), trajectories, job.note), summarise(metrics, coverage)


main = drawing_stage(fig6, "metrics.csv and coverage.csv of every run, in folders <environment>@envs<n>/heads<h>/seed<s>")

if __name__ == "__main__":
    main()
