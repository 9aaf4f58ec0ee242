"""Fig. 8 of Collaborative Exploration: the same agents one by one, and with four ways to say which of them acts."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import finish, look_of, panels
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.collaborative.evaluations import CHOSEN, OF_AN_AGENT, SMOOTHED
from kmyriad.papers.collaborative.runs import read_runs
from kmyriad.settings.collaborative.study import CollaborativeFigureJob
from kmyriad.statistics.intervals import mean_intervals

WAYS = {
    "evaluation": ("first agent", "#000000"),
    "evaluation_set_mean": ("mean of all agents", "#0072B2"),
    **{column: (name, colour) for (column, name), colour in zip(CHOSEN.items(), ("#009E73", "#D55E00"), strict=True)},
}
"""The columns of metrics.csv, what they are called and drawn with."""
_AGENTS = ("#56B4E9", "#E69F00", "#CC79A7", "#999933", "0.45", "#882255", "#44AA99", "#F0E442")
ROWS = {"agents": "return of each agent", "ways": "return of the set"}


def curves(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the evaluations of `metrics`, a row each: task, seed, env_steps, quantity (of ROWS), curve and value, smoothed."""
    agents = [name for name in metrics if name.startswith(OF_AN_AGENT)]
    columns = [name for name in (*WAYS, *agents) if name in metrics]
    runs = metrics.sort_values("env_steps").groupby(["task", "seed"])[columns]
    smooth = runs.rolling(SMOOTHED, min_periods=1).mean().droplevel([0, 1])
    long = metrics[["task", "seed", "env_steps"]].join(smooth).melt(["task", "seed", "env_steps"], var_name="column")
    own = long["column"].isin(agents)
    return long.assign(quantity=own.map({True: "agents", False: "ways"}), curve=long["column"].map(_name)).drop(columns="column")


def _name(column: str) -> str:
    if column.startswith(OF_AN_AGENT):
        return f"agent {int(column.removeprefix(OF_AN_AGENT)) + 1}"
    return WAYS[column][0]


def draw(rows: pd.DataFrame, tasks: list[str], note: str) -> Figure:
    """Return the figure of `rows` (see `curves`): a column of panels for each of `tasks`, the agents above the ways."""
    names = sorted(rows.loc[rows["quantity"] == "agents", "curve"].unique())
    palette = {name: _AGENTS[index % len(_AGENTS)] for index, name in enumerate(names)} | dict(WAYS.values())
    drawn = rows.rename(columns={"task": "environment"}).assign(epoch=rows["env_steps"] / 1000)
    grid = panels(drawn, tasks, ROWS, look_of(palette))
    grid.set_xlabels("thousand environment steps")
    finish(grid.figure, note, columns=4)
    return grid.figure


def ce_fig8(job: CollaborativeFigureJob, metrics: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the evaluations of the trainings whose metrics are in the files `metrics`."""
    rows = curves(read_runs(job, metrics))
    return draw(rows, list(job.tasks), job.note), mean_intervals(rows, ["task", "quantity", "curve", "env_steps"], "value")


main = drawing_stage(ce_fig8, "metrics.csv of every training that is drawn", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
