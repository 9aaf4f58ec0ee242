"""Final entropy and support of every training in a grid world, beside what the authors' code gave."""

import pandas as pd

from kmyriad.jobs.runs import GRIDWORLDS, read_tables
from kmyriad.jobs.tables import Table, mean_sd, table_stage
from kmyriad.papers.pgpse.claims import REFERENCE, finals
from kmyriad.settings.gridworld import GridworldFigureJob

MISSING = (float("nan"),) * 3


def summarise(curves: pd.DataFrame) -> pd.DataFrame:
    """Return mean and sd over seeds of the final entropy (share of log(free cells)) and support (cells) of each training.

    `curves` has the columns world, variant, agents, arm, seed, update, entropy and support. The reference, which has no
    seeds' spread of the support, stands beside the variant `plain` alone; with one seed there is no sd (NaN).
    """
    tables = [finals(runs).assign(variant=variant) for variant, runs in curves.groupby("variant", sort=False)]
    groups = pd.concat(tables).groupby(["variant", "world", "agents", "arm"], sort=False)
    columns = {
        f"{name}_{part}": (name, how) for name in ("entropy", "support") for part, how in (("mean", "mean"), ("sd", "std"))
    }
    table = groups.agg(**columns, seeds=("seed", "size")).reset_index()
    beside = [
        REFERENCE.get((row.world, row.agents, row.arm), MISSING) if row.variant == "plain" else MISSING
        for row in table.itertuples()
    ]
    names = ["reference_entropy_mean", "reference_entropy_sd", "reference_support_mean"]
    return table.join(pd.DataFrame(beside, columns=names, index=table.index))


def layout(summary: pd.DataFrame) -> pd.DataFrame:
    """Return `summary` (see `summarise`) as text, a row a training."""
    rows = [
        {
            "variant": row.variant,
            "world": row.world,
            "m": row.agents,
            "arm": row.arm,
            "entropy": mean_sd(row.entropy_mean, row.entropy_sd, 3),
            "entropy, reference": mean_sd(row.reference_entropy_mean, row.reference_entropy_sd, 3),
            "support": mean_sd(row.support_mean, row.support_sd, 1),
            "support, reference": mean_sd(row.reference_support_mean, float("nan"), 1),
        }
        for row in summary.itertuples()
    ]
    return pd.DataFrame(rows)


def pgpse_finals(job: GridworldFigureJob, metrics: list[str]) -> Table:
    """Make the table of the trainings whose metrics are in the files `metrics`."""
    summary = summarise(read_tables(metrics, GRIDWORLDS))
    return Table(summary, layout(summary))


main = table_stage(pgpse_finals, "metrics.csv of every training", GridworldFigureJob)

if __name__ == "__main__":
    main()
