"""Table 3 of Collaborative Exploration: how unlike the agents of a set are, by task and arm."""

from itertools import product

import pandas as pd

from kmyriad.jobs.tables import Table, mean_sd, table_stage
from kmyriad.papers.collaborative.arms import arm_label
from kmyriad.papers.collaborative.runs import read_runs
from kmyriad.settings.collaborative.study import CollaborativeFigureJob

QUANTITIES = {
    "task_return": ("R", 1),
    "divergence": ("KL", 3),
    "information": ("I(S;A)", 3),
    "mixture": ("I(S;A) of the set", 3),
}
"""What is shown: its heading and digits."""
NOTE = (
    "R: return of an episode with noise, mean of all agents. KL: mean of KL(pi_i || pi_j), i != j, larger is more diverse. "
    "I(S;A): mean of the agents', and that of the set, where an agent drawn at random acts; smaller is more diverse. In nats, "
    "mean ± sd over seeds. The paper's tasks are Gym's Ant, HalfCheetah, Hopper and Walker2d."
)


def summarise(diversity: pd.DataFrame, tasks: list[str], arms: list[str]) -> pd.DataFrame:
    """Return a row a task and arm that was run: seeds, and of each quantity <name>_mean and <name>_sd over seeds.

    `diversity` has the columns task, arm, seed and the quantities; with one seed there is no sd (NaN).
    """
    groups = diversity.groupby(["task", "arm"])
    columns = {"seeds": groups.size()}
    for name in QUANTITIES:
        columns |= {f"{name}_mean": groups[name].mean(), f"{name}_sd": groups[name].std()}
    table = pd.DataFrame(columns)
    there = [pair for pair in product(tasks, arms) if pair in table.index]
    return table.loc[there].reset_index()


def layout(summary: pd.DataFrame) -> pd.DataFrame:
    """Return `summary` as text: a row a task and arm, a column a quantity, mean ± sd."""
    shown = {"task": summary["task"], "arm": summary["arm"].map(arm_label)}
    for name, (heading, digits) in QUANTITIES.items():
        pairs = zip(summary[f"{name}_mean"], summary[f"{name}_sd"], strict=True)
        shown[heading] = [mean_sd(mean, spread, digits) for mean, spread in pairs]
    return pd.DataFrame(shown)


def ce_table3(job: CollaborativeFigureJob, diversity: list[str]) -> Table:
    """Make the table of the trainings whose diversity is in the files `diversity`."""
    numbers = summarise(read_runs(job, diversity), list(job.tasks), list(job.arms))
    return Table(numbers, layout(numbers), f"{NOTE}\n\n{job.note}".rstrip())


main = table_stage(ce_table3, "diversity.csv of every training", CollaborativeFigureJob)

if __name__ == "__main__":
    main()
