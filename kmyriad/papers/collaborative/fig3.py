"""Fig. 3 of Collaborative Exploration: interquartile mean over tasks and seeds, with stratified-bootstrap intervals."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from kmyriad.figures.draw import finish, look_of
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.collaborative.arms import arm_colours, arm_label
from kmyriad.papers.collaborative.claims import BEST
from kmyriad.papers.collaborative.runs import read_runs
from kmyriad.settings.collaborative.study import CollaborativeFigureJob
from kmyriad.statistics.iqm import iqm_interval

COLUMNS = ["arm", "env_steps", "mean", "n", "low", "high"]


def comparable(metrics: pd.DataFrame, arms: list[str]) -> tuple[list[str], list[str]]:
    """Return those of `arms` that were trained on all tasks of the suite that two of them were, and these tasks.

    Only over the same tasks IQMs are comparable; the maze is not one of the suite's.
    """
    suite = metrics[(metrics["task"] != "maze") & metrics["arm"].isin(arms)]
    trained = suite.groupby("task", sort=False)["arm"].agg(set)
    shared = {str(task): found for task, found in trained.items() if len(found) > 1}
    everywhere = set.intersection(*shared.values()) if shared else set()
    return [arm for arm in arms if arm in everywhere], list(shared)


def aggregate(scores: pd.DataFrame, resamples: int) -> dict[str, float]:
    """Return mean (the IQM), n, low and high of score / 1000 over the rows of `scores`, which has task, seed and score."""
    strata = [sample.to_numpy() / BEST for _, sample in scores.groupby("task")["score"]]
    interval = iqm_interval(strata, resamples)
    return {"mean": interval.estimate, "n": len(scores), "low": interval.low, "high": interval.high}


def summarise(metrics: pd.DataFrame, arms: list[str], resamples: int) -> pd.DataFrame:
    """Return the drawn numbers: `aggregate` by arm and env_steps, where all tasks that all arms share were evaluated."""
    there, shared = comparable(metrics, arms)
    chosen = metrics[metrics["task"].isin(shared) & metrics["arm"].isin(there)]
    rows = [
        {"arm": arm, "env_steps": steps, **aggregate(scores, resamples)}
        for (arm, steps), scores in chosen.groupby(["arm", "env_steps"])
        if scores["task"].nunique() == len(shared)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def draw(summary: pd.DataFrame, arms: list[str], note: str) -> Figure:
    """Return the figure of `summary` (see `summarise`), a curve for each of `arms`."""
    figure, axes = plt.subplots(figsize=(4.4, 3.2))
    curves = summary.assign(curve=summary["arm"].map(arm_label), thousands=summary["env_steps"] / 1000)
    palette = {arm_label(arm): colour for arm, colour in arm_colours(arms).items()}
    sns.lineplot(curves, x="thousands", y="mean", ax=axes, **look_of(palette))
    for name, curve in curves.groupby("curve"):
        axes.fill_between(curve["thousands"], curve["low"], curve["high"], color=palette[name], alpha=0.2, linewidth=0)
    axes.set(xlabel="thousand environment steps", ylabel=f"IQM of return / {BEST:g}, smoothed")
    finish(figure, note, columns=3)
    return figure


def ce_fig3(job: CollaborativeFigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the IQM over tasks of the arms in the files `metrics` that were trained on all of them."""
    runs = read_runs(job, metrics)
    arms, _ = comparable(runs, list(job.arms))
    summary = summarise(runs, arms, job.resamples)
    return draw(summary, arms, job.note), summary


main = drawing_stage(ce_fig3, "metrics.csv of every training that is drawn", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
