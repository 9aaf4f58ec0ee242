"""Tables 1, 2 and 6 to 9 of Collaborative Exploration: scores by task and arm, ours beside the paper's, and the IQM."""

import pandas as pd

from kmyriad.jobs.tables import Table, mean_sd, table_stage
from kmyriad.papers.collaborative.arms import arm_label
from kmyriad.papers.collaborative.claims import final_scores, steps_to_threshold
from kmyriad.papers.collaborative.fig3 import aggregate, comparable
from kmyriad.papers.collaborative.printed import PRINTED
from kmyriad.papers.collaborative.runs import read_runs
from kmyriad.settings.collaborative.study import CollaborativeFigureJob

IQM = "IQM of return / 1000"
NAN = float("nan")


def summarise(metrics: pd.DataFrame, tasks: list[str], arms: list[str], resamples: int) -> pd.DataFrame:
    """Return a row a task and arm that was run, and below them one with the IQM over tasks for each arm that was on all of them.

    seeds; mean and sd over seeds of the score, where the task is IQM instead of sd the interval low, high; reached, seeds whose
    training returned more than 100, and steps, the median of the environment steps it took (NaN: most seeds never did; the maze
    returns 1 at most); printed_mean and printed_sd, the paper's.
    """
    scores = final_scores(metrics)
    rows = [_row(metrics, scores, task, arm) for task in tasks for arm in arms if _has(scores, task, arm)]
    there, shared = comparable(metrics, arms)
    chosen = scores[scores["task"].isin(shared)]
    for arm in there if shared else ():
        found = aggregate(chosen[chosen["arm"] == arm], resamples)
        rows.append({"task": IQM, "arm": arm, "seeds": found.pop("n"), **found})
    columns = "task arm seeds mean sd low high reached steps printed_mean printed_sd".split()
    return pd.DataFrame(rows).reindex(columns=columns)


def layout(summary: pd.DataFrame, arms: list[str]) -> pd.DataFrame:
    """Return the paper's layout as text: a row a task and source, a column for each of `arms`, mean ± sd; "-" is absent."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in summary.itertuples():
        source = "" if row.task == IQM else "ours"
        spread = f"[{row.low:.3f}, {row.high:.3f}]" if row.task == IQM else f"({row.sd:.1f})"
        rows.setdefault((row.task, source), {})[row.arm] = (
            f"{row.mean:.3f} {spread}" if source == "" else mean_sd(row.mean, row.sd, 1)
        )
        if source:
            steps = f"{row.steps / 1000:.0f}k" if row.steps == row.steps else "never"
            found = "-" if row.reached != row.reached else f"{steps}, {row.reached:.0f} of {row.seeds}"
            rows.setdefault((row.task, "steps to 100"), {})[row.arm] = found
            rows.setdefault((row.task, "paper"), {})[row.arm] = mean_sd(row.printed_mean, row.printed_sd, 1)
    kept = {key: cells for key, cells in rows.items() if set(cells.values()) != {"-"}}
    table = pd.DataFrame.from_dict(kept, orient="index", columns=arms)
    return table.rename_axis(["task", "source"]).rename(columns=arm_label).fillna("-").reset_index()


def _has(scores: pd.DataFrame, task: str, arm: str) -> bool:
    return bool(((scores["task"] == task) & (scores["arm"] == arm)).any())


def _row(metrics: pd.DataFrame, scores: pd.DataFrame, task: str, arm: str) -> dict[str, object]:
    sample = scores.loc[(scores["task"] == task) & (scores["arm"] == arm), "score"]
    printed_mean, printed_sd = PRINTED.get(task, {}).get(arm, (NAN, NAN))
    row = {"task": task, "arm": arm, "seeds": len(sample), "mean": sample.mean(), "sd": sample.std()}
    row |= {"printed_mean": printed_mean, "printed_sd": printed_sd}
    return row if task == "maze" else row | _found(metrics[(metrics["task"] == task) & (metrics["arm"] == arm)])


def _found(metrics: pd.DataFrame) -> dict[str, float]:
    """Return how many seeds got above the threshold, and the median of their steps, counting as infinite those that did not."""
    found = steps_to_threshold(metrics)
    steps = found["steps"].where(found["reached"], float("inf")).median()
    return {"reached": int(found["reached"].sum()), "steps": steps if steps < float("inf") else NAN}


def ce_table(job: CollaborativeFigureJob, metrics: list[str]) -> Table:
    """Make the table of the trainings whose metrics are in the files `metrics`."""
    numbers = summarise(read_runs(job, metrics), list(job.tasks), list(job.arms), job.resamples)
    return Table(numbers, layout(numbers, list(job.arms)), job.note)


main = table_stage(ce_table, "metrics.csv of every training of the table", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
