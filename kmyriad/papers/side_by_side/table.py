"""Table `side_by_side_table`: everything that is measured, a row a task and method."""

import pandas as pd

from kmyriad.jobs.runs import of_stage, read_tables
from kmyriad.jobs.tables import Table, mean_sd, table_stage
from kmyriad.papers.side_by_side.runs import SENT, TRAINED, measures, titled
from kmyriad.settings.side_by_side import SideFigureJob

COLUMNS = {
    "entropy": "entropy (nats)",
    "individual": "each alone",
    "divergence": "divergence",
    "cells": "cells",
    "redundancy": "redundancy",
    "entropy_mean": "entropy, mean action",
    "distance_mean": "distance, mean action (m)",
    "seconds": "seconds",
    "teraflop": "10^12 operations",
    "early": "success early",
    "late": "success at the end",
    "early_sac": "SAC: success early",
    "late_sac": "SAC: at the end",
}
"""What is shown of each run, and what it is called."""
DIGITS = {"cells": 0, "seconds": 0, "distance_mean": 1}
EARLY, LATE = 0.2, 0.2
"""Shares of PPO's rollouts, the first and the last ones, whose success is averaged."""


def success(rows: pd.DataFrame) -> pd.DataFrame:
    """Return early and late success of each run: the means over the first and the last fifth of its rows and all goals.

    `rows` has the columns place, method, goal, seed, epoch and success.
    """
    last = rows.groupby(["place", "method", "goal", "seed"])["epoch"].transform("max") + 1
    by = ["place", "method", "seed"]
    parts = {
        "early": rows[rows["epoch"] < (EARLY * last).clip(lower=1)].groupby(by)["success"].mean(),
        "late": rows[rows["epoch"] >= last - (LATE * last).clip(lower=1)].groupby(by)["success"].mean(),
    }
    return pd.DataFrame(parts).reset_index()


def per_run(files: list[str]) -> pd.DataFrame:
    """Return a row a run with the columns place, method, seed and those of COLUMNS that the files have."""
    trained, measured = (of_stage(files, stage) for stage in ("side_train", "side_measure"))
    by = ["place", "method", "seed"]
    found = measures(measured).merge(measures(measured, "mean")[[*by, "entropy", "distance"]], on=by, suffixes=("", "_mean"))
    found = found.merge(cost(read_tables(trained, TRAINED)), on=by)
    for stage, suffix in (("side_finetune", ""), ("side_sac", "_sac")):
        if sent := of_stage(files, stage):
            reached = success(read_tables(sent, SENT)).rename(columns={name: name + suffix for name in ("early", "late")})
            found = found.merge(reached, on=by, how="left")
    return found


def cost(rows: pd.DataFrame) -> pd.DataFrame:
    """Return seconds and teraflop, 10^12 operations, of training each run; `rows` are its measurements on the way."""
    groups = rows.groupby(["place", "method", "seed"])
    found = groups.agg(seconds=("seconds_training", "sum"), operations=("operations", "max")).reset_index()
    return found.assign(teraflop=found["operations"] / 1e12)


def side_by_side_table(job: SideFigureJob, files: list[str]) -> Table:
    """Make the table of every run's metrics.csv and measures.csv, and of the metrics.csv of every run to a goal."""
    runs = per_run(files)
    shown = {name: label for name, label in COLUMNS.items() if name in runs}
    order = {name: index for index, name in enumerate((*job.tasks, *job.methods))}
    groups = runs.groupby(["place", "method"])[list(shown)]
    numbers = groups.agg(["mean", "std"]).sort_index(key=lambda level: level.map(order))
    printed = {
        label: [
            mean_sd(mean, sd, DIGITS.get(name, 2)) for mean, sd in zip(numbers[name, "mean"], numbers[name, "std"], strict=True)
        ]
        for name, label in shown.items()
    }
    places, methods = (numbers.index.get_level_values(level).to_series() for level in ("place", "method"))
    table = pd.DataFrame({"task": places.to_numpy(), "method": titled(methods).to_numpy(), **printed})
    flat = numbers.set_axis([f"{name}_{what}" for name, what in numbers.columns], axis=1).reset_index()
    return Table(flat, table, f"{job.note}; mean ± sd over seeds")


main = table_stage(side_by_side_table, "metrics.csv and measures.csv of every run, and metrics.csv of PPO", SideFigureJob)

if __name__ == "__main__":
    main()
