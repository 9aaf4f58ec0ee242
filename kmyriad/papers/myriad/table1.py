"""Table 1: divergence between the heads, ours beside the paper's."""

import pandas as pd

from kmyriad.figures.draw import panel_title
from kmyriad.jobs.runs import read_tables
from kmyriad.jobs.tables import Table, mean_sd, table_stage
from kmyriad.papers.myriad.claims.paper import TABLE_1
from kmyriad.settings import FigureJob


def summarise(kl: pd.DataFrame) -> pd.DataFrame:
    """Return mean, sd over seeds and number of seeds of the heads' mean divergence (nats), with the paper's beside.

    `kl` has the columns environment, heads, seed, head and kl. With one seed there is no sd (NaN).
    """
    per_seed = kl.groupby(["environment", "heads", "seed"], sort=False)["kl"].mean().reset_index()
    groups = per_seed.groupby(["environment", "heads"], sort=False)["kl"]
    table = groups.agg(mean="mean", sd="std", seeds="size").reset_index()
    paper = [TABLE_1.get((row.environment, row.heads), (float("nan"),) * 2) for row in table.itertuples()]
    return table.assign(paper_mean=[mean for mean, _ in paper], paper_sd=[sd for _, sd in paper])


def layout(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the paper's layout: a row for each number of heads and source, a column for each environment, as text."""
    rows: dict[tuple[int, str], dict[str, str]] = {}
    for row in summary.itertuples():
        rows.setdefault((row.heads, "ours"), {})[row.environment] = mean_sd(row.mean, row.sd)
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
