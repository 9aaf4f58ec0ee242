"""Fig. 6: more trajectories an update: the entropy of each run's own batches, and of all final policies on equal terms."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kmyriad.figures.draw import NOTE_SIZE, band, drawn_interval, panel_title, wrapped
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


def draw(summary: pd.DataFrame, environments: list[str], trajectories: int, note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`), a row an environment: the lighter a curve, the fewer trajectories.

    The final policies were compared on `trajectories` trajectories.
    """
    figure, grid = plt.subplots(
        len(environments), 2, figsize=(5.6, 2.4 * len(environments) + 0.4), squeeze=False, layout="constrained"
    )
    budgets = sorted(summary["envs"].unique())
    shades = {envs: plt.get_cmap("viridis_r")((rank + 0.5) / len(budgets)) for rank, envs in enumerate(budgets)}
    for (left, right), environment in zip(grid, environments, strict=True):
        panel = summary[summary["environment"] == environment]
        _draw_training(left, panel[panel["epoch"].notna()], shades)
        _draw_final(right, panel[panel["epoch"].isna()], shades, trajectories)
        left.set_title(panel_title(environment))
    grid[0, 0].legend(fontsize=6, title="trajectories", title_fontsize=6)
    figure.supxlabel(wrapped(note, figure), fontsize=NOTE_SIZE, color="0.35")
    return figure


def _draw_training(axes: Axes, summary: pd.DataFrame, shades: dict) -> None:
    for envs, shade in shades.items():
        curve = summary[summary["envs"] == envs]
        band(axes, curve["epoch"], curve, shade, f"{envs}")
    axes.set(xlabel="epochs", ylabel="state entropy of the batch (nats)")


def _draw_final(axes: Axes, summary: pd.DataFrame, shades: dict, trajectories: int) -> None:
    low, high = drawn_interval(summary)
    for row in summary.assign(low=low, high=high).itertuples():
        error = [[row.mean - row.low], [row.high - row.mean]]
        axes.errorbar([row.envs], [row.mean], yerr=error, fmt="o", color=shades[row.envs], capsize=2, markersize=4)
    axes.set_xscale("log", base=2)
    budgets = summary["envs"].tolist()
    axes.set_xticks(budgets, [str(envs) for envs in budgets], minor=False)
    axes.set(xlabel="trajectories an epoch in training", ylabel=f"entropy on {trajectories} trajectories (nats)")


def fig6(job: FigureJob, files: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the metrics among `files` and the coverage of the final policies."""
    coverage = read_tables(of_stage(files, TRAINED), BUDGETS)
    summary = summarise(read_tables(of_stage(files, "pretrain"), BUDGETS), coverage)
    trajectories = int(coverage.loc[coverage["acting"] == "sampled", "trajectories"].max())
    return draw(summary, list(job.environments), trajectories, job.note), summary


main = drawing_stage(fig6, "metrics.csv and coverage.csv of every run, in folders <environment>@envs<n>/heads<h>/seed<s>")

if __name__ == "__main__":
    main()
