"""Table 1: divergence between the heads, ours beside the paper's."""

import pandas as pd

from kmyriad.figures.draw import panel_title
from kmyriad.jobs.runs import read_tables
from kmyriad.jobs.tables import Table, mean_sd, table_stage
from kmyriad.papers.myriad.claims.paper import TABLE_1
from kmyriad.settings import FigureJob

CHANCE = "ours, dealt at random"
"""The same trajectories given to the heads at random: what the estimate has of equal heads."""


def summarise(kl: pd.DataFrame) -> pd.DataFrame:
    """Return mean, sd over seeds and number of seeds of the heads' mean divergence (nats), with the paper's beside.

    `kl` has the columns environment, heads, seed, head and kl, and kl_dealt where it was computed: the same with the trajectories
    dealt at random. With one seed there is no sd (NaN).
    """
    kl = kl.assign(kl_dealt=kl.get("kl_dealt", float("nan")))
    per_seed = kl.groupby(["environment", "heads", "seed"], sort=False)[["kl", "kl_dealt"]].mean().reset_index()
    groups = per_seed.groupby(["environment", "heads"], sort=False)
    sizes = {"mean": ("kl", "mean"), "sd": ("kl", "std"), "seeds": ("kl", "size")}
    table = groups.agg(**sizes, dealt_mean=("kl_dealt", "mean"), dealt_sd=("kl_dealt", "std")).reset_index()
    paper = [TABLE_1.get((row.environment, row.heads), (float("nan"),) * 2) for row in table.itertuples()]
    return table.assign(paper_mean=[mean for mean, _ in paper], paper_sd=[sd for _, sd in paper])


def layout(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the paper's layout: a row for each number of heads and source, a column for each environment, as text."""
    rows: dict[tuple[int, str], dict[str, str]] = {}
    for row in summary.itertuples():
        rows.setdefault((row.heads, "ours"), {})[row.environment] = mean_sd(row.mean, row.sd)
        if pd.notna(row.dealt_mean):
            rows.setdefault((row.heads, CHANCE), {})[row.environment] = mean_sd(row.dealt_mean, row.dealt_sd)
        rows.setdefault((row.heads, "paper"), {})[row.environment] = mean_sd(row.paper_mean, row.paper_sd)
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["heads", "source"])
    return table.rename(columns=panel_title).fillna("-").sort_index().reset_index()


def table1(job: FigureJob, kl: list[str]) -> Table:
    """Make Table 1 of the divergences in the files `kl`."""
    summary = summarise(read_tables(kl))
    return Table(summary, layout(summary))


main = table_stage(table1, "kl.csv of every run with several heads")

if __name__ == "__main__":
    main()
