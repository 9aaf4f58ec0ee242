"""Table 10 of Collaborative Exploration: how long training takes, by task and arm, and how many times as long as one SAC."""

import pandas as pd

from kmyriad.jobs.tables import Table, table_stage
from kmyriad.papers.collaborative.arms import arm_label
from kmyriad.papers.collaborative.runs import read_runs
from kmyriad.settings.collaborative.study import CollaborativeFigureJob

PRINTED = {
    "acrobot-swingup": (23, 45),
    "cheetah-run": (23, 45),
    "finger-turn_hard": (25, 50),
    "fish-swim": (26, 51),
    "hopper-hop": (24, 47),
    "hopper-stand": (27, 55),
    "humanoid-run": (36, 75),
    "humanoid-stand": (36, 75),
    "humanoid-walk": (37, 75),
    "pendulum-swingup": (24, 46),
    "quadruped-run": (32, 62),
    "quadruped-walk": (33, 62),
    "reacher-hard": (23, 45),
    "swimmer-swimmer6": (37, 72),
    "walker-run": (28, 55),
}
"""The paper's minutes of SAC and of CE, on a GPU (RTX 3090)."""
NOTE = (
    "Minutes of a seed without evaluations; in brackets how many times as long as one SAC with as many environment steps, all "
    "agents' together. Ours: by the clock, one thread, all seeds of an arm side by side in a process, shared among them. Other "
    "jobs beside make it longer; `python benchmarks/collaborative.py` measures the ratio of an update by itself."
)


def summarise(metrics: pd.DataFrame, tasks: list[str], arms: list[str]) -> pd.DataFrame:
    """Return a row a task and arm that was run: minutes, ratio to SAC's, and the paper's printed_minutes and printed_ratio.

    `metrics` has the columns task, arm, seed, epoch and seconds_training, which are those of all seeds together.
    """
    seeds = metrics.groupby(["task", "arm"])["seed"].nunique()
    blocks = metrics.drop_duplicates(["task", "arm", "epoch"]).groupby(["task", "arm"])["seconds_training"].sum()
    minutes = blocks / seeds / 60
    rows = [
        {"task": task, "arm": arm, "minutes": minutes[task, arm], "ratio": minutes[task, arm] / minutes[task, "sac"]}
        | _printed(task, arm)
        for task in tasks
        for arm in arms
        if (task, arm) in minutes.index
    ]
    return pd.DataFrame(rows)


def _printed(task: str, arm: str) -> dict[str, float]:
    both = dict(zip(("sac", "ce"), PRINTED.get(task, ()), strict=False))
    if arm not in both:
        return {"printed_minutes": float("nan"), "printed_ratio": float("nan")}
    return {"printed_minutes": both[arm], "printed_ratio": both[arm] / both["sac"]}


def layout(summary: pd.DataFrame, arms: list[str]) -> pd.DataFrame:
    """Return `summary` as text: a row a task and source, a column for each of `arms`; "-" is absent."""
    table: dict[tuple[str, str], dict[str, str]] = {}
    for row in summary.itertuples():
        table.setdefault((row.task, "ours"), {})[row.arm] = f"{row.minutes:.1f} ({row.ratio:.1f})"
        if row.printed_minutes == row.printed_minutes:
            table.setdefault((row.task, "paper"), {})[row.arm] = f"{row.printed_minutes:.0f} ({row.printed_ratio:.1f})"
    cells = pd.DataFrame.from_dict(table, orient="index", columns=arms)
    return cells.rename_axis(["task", "source"]).rename(columns=arm_label).fillna("-").reset_index()


def ce_table10(job: CollaborativeFigureJob, metrics: list[str]) -> Table:
    """Make the table of the trainings whose metrics are in the files `metrics`."""
    numbers = summarise(read_runs(job, metrics), list(job.tasks), list(job.arms))
    return Table(numbers, layout(numbers, list(job.arms)), f"{NOTE}\n\n{job.note}".rstrip())


main = table_stage(ce_table10, "metrics.csv of every training of the table", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
