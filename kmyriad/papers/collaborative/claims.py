"""The claims about Collaborative Exploration, and how our runs are held against them."""

from collections.abc import Iterator

import pandas as pd

from kmyriad.collaborative.tasks.maze import ROWS
from kmyriad.settings.collaborative.tasks import GYMNASIUM
from kmyriad.statistics.intervals import difference_interval
from kmyriad.statistics.iqm import iqm_difference
from kmyriad.statistics.verdict import DIFFERENCE_TEST, above_zero, claim

BEST = 1000.0
"""Most that an episode of the DeepMind Control suite returns, at any action repeat."""
THRESHOLD = 100.0
"""A training has found the reward once its episodes return more than this, of 1000 (ours)."""
PAPER, CONTROL = "above 0", "not tested (our control)"
RIVALS = {
    **dict.fromkeys(("replica", "sac", "a2c", "diayn", "rnd", "dice", "sunrise"), PAPER),
    **dict.fromkeys(("ego", "sac_knn", "shift"), CONTROL),
    **dict.fromkeys(("no_training", "identity", "random"), PAPER),
}
"""What CE is held against, and what the paper says: Table 1; whether it is the collaboration (w < 1, N > 1) that helps; and what
it is made of, Tables 6 and 8."""
MAZE_RIVALS = {"independent": PAPER, "replica": CONTROL, "ego": CONTROL, "shift": CONTROL}
"""Fig. 5 compares CE with agents that learn from their own data only."""
STEPS_TEST = f"{DIFFERENCE_TEST}; a seed that never gets there counts with all of its steps"
RESAMPLES = 10_000
IQM_TEST = (
    "95 % percentile interval of the difference of IQMs over tasks and seeds, each arm's seeds resampled within each task "
    f"(stratified bootstrap, {RESAMPLES} resamples), must lie above 0; with few seeds it covers less than 95 %"
)
FREE = sum(letter != "#" for line in ROWS for letter in line)
"""Cells of the maze that are no wall."""


def final_scores(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return task, arm, seed and score: the column `score` of each seed's last block.

    Seeds stay in the order of `metrics`, so that a resample of them depends on nothing beside them.
    """
    last = metrics.sort_values("epoch", kind="stable").groupby(["task", "arm", "seed"], sort=False)["score"].last()
    return last.reset_index()


def steps_to_threshold(metrics: pd.DataFrame, threshold: float = THRESHOLD) -> pd.DataFrame:
    """Return task, arm, seed, reached and steps: environment steps at the end of the first block with task_return > threshold.

    `task_return` is the mean return of the episodes that ended in a block, collecting data. Where no block gets there,
    `reached` is False and `steps` all that were made.
    """
    rows = []
    for (task, arm, seed), run in metrics.groupby(["task", "arm", "seed"], sort=False):
        there = run.loc[run["task_return"] > threshold, "env_steps"]
        steps = there.min() if len(there) else run["env_steps"].max()
        rows.append({"task": task, "arm": arm, "seed": seed, "reached": len(there) > 0, "steps": int(steps)})
    return pd.DataFrame(rows)


def coverage(visits: pd.DataFrame, until: int | None = None) -> pd.DataFrame:
    """Return task, arm, seed, covered and overlap of the cells visited in the first `until` environment steps (default: all).

    covered: share of the maze's free cells that some agent visited. overlap: share of those that all agents did.
    `visits` has the columns task, arm, seed, agent, row, column and first.
    """
    agents = visits.groupby(["task", "arm"])["agent"].nunique()
    seen = visits if until is None else visits[visits["first"] <= until]
    by = ["task", "arm", "seed"]
    visitors = seen.groupby([*by, "row", "column"], sort=False)["agent"].nunique().rename("visitors").reset_index()
    visitors["all"] = visitors["visitors"] == agents.reindex(pd.MultiIndex.from_frame(visitors[["task", "arm"]])).to_numpy()
    shares = visitors.groupby(by, sort=False)["all"].agg(["size", "mean"]).reset_index()
    return shares.rename(columns={"mean": "overlap"}).assign(covered=shares["size"] / FREE).drop(columns="size")


def judge_returns(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return a row a task and rival of CE that was trained: CE's score is higher, and it is sooner above the threshold.

    Rivals that were trained on several tasks have a row of these together, in IQMs. `metrics` has the columns task, arm, seed,
    epoch, env_steps, task_return and score. The maze, whose returns are 0 or 1, and Gymnasium's tasks, whose returns are
    thousands, have no threshold and are not among the tasks that are taken together.
    """
    suite = metrics[~metrics["task"].isin(("maze", *GYMNASIUM))]
    rows = list(_judge(final_scores(metrics), "score", RIVALS, "score (mean return of the last evaluations)", DIFFERENCE_TEST))
    if len(suite):
        steps = steps_to_threshold(suite)
        late = steps.assign(late=-steps["steps"])
        rows += _judge(late, "late", RIVALS, f"environment steps saved to a return above {THRESHOLD:g}", STEPS_TEST)
        rows += _judge_together(final_scores(suite))
    return pd.DataFrame(rows)


def judge_coverage(visits: pd.DataFrame) -> pd.DataFrame:
    """Return a row a rival in the maze: CE's agents cover more of it, and are less in each other's cells (Fig. 5)."""
    found = coverage(visits)
    apart = found.assign(apart=1 - found["overlap"])
    rows = list(_judge(found, "covered", MAZE_RIVALS, "share of free cells covered by the set", DIFFERENCE_TEST))
    rows += _judge(apart, "apart", MAZE_RIVALS, "share of covered cells that not all agents visited", DIFFERENCE_TEST)
    return pd.DataFrame(rows)


def _judge(table: pd.DataFrame, value: str, rivals: dict[str, str], what: str, test: str) -> Iterator[dict[str, object]]:
    """Yield a row a task and rival that both were run: `value` of ce above that of the rival, over seeds."""
    for task, chosen in table.groupby("task", sort=False):
        samples = {arm: sample.to_numpy(dtype=float) for arm, sample in chosen.groupby("arm")[value]}
        for rival, paper in rivals.items():
            if "ce" in samples and rival in samples:
                interval = difference_interval(samples["ce"], samples[rival])
                seeds = min(len(samples["ce"]), len(samples[rival]))
                yield claim(f"{task}: {what}, ce - {rival}", paper, interval, seeds, above_zero(interval), test)


def _judge_together(scores: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield a row a rival that was trained on two or more of CE's tasks: the difference of IQMs of score / 1000 over these."""
    tables = {
        arm: {task: sample.to_numpy() / BEST for task, sample in table.groupby("task")["score"]}
        for arm, table in scores.groupby("arm")
    }
    for rival, paper in RIVALS.items():
        shared = sorted(tables.get("ce", {}).keys() & tables.get(rival, {}).keys())
        if len(shared) > 1:
            ours, others = ([tables[arm][task] for task in shared] for arm in ("ce", rival))
            interval = iqm_difference(ours, others, RESAMPLES)
            seeds = min(map(len, [*ours, *others]))
            yield claim(
                f"{len(shared)} tasks: IQM of score / {BEST:g}, ce - {rival}",
                paper,
                interval,
                seeds,
                above_zero(interval),
                IQM_TEST,
            )
