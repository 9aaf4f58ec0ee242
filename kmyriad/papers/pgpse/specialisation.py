"""What specialisation adds: the entropy of the agents' mixture is their mean entropy plus their mean divergence from it."""

import pandas as pd

from kmyriad.jobs.runs import read_table
from kmyriad.jobs.tables import Table, table_stage
from kmyriad.settings.gridworld import GridworldFigureJob

PARTS = ["mixture", "individual", "divergence", "action_entropy"]


def summarise(datasets: pd.DataFrame) -> pd.DataFrame:
    """Return the means over seeds of mixture = individual + divergence (nats) and action_entropy, by world, agents, source.

    They are those of the exact expected visits, so that the sum holds for the means as well. The random policy, which has
    nothing to specialise, is left out.
    """
    trained = datasets[datasets["source"] != "random"]
    return trained.groupby(["world", "agents", "source"])[PARTS].mean().reset_index()


def layout(summary: pd.DataFrame) -> pd.DataFrame:
    """Return `summary` (see `summarise`) as text, a row a world, number of agents and source."""
    titles = ["entropy of the mixture (nats)", "mean entropy of an agent (nats)", "mean KL from the mixture (nats)"]
    texts = summary.assign(**{part: summary[part].map("{:.3f}".format) for part in PARTS})
    return texts.rename(columns={"agents": "m"} | dict(zip(PARTS, [*titles, "action entropy / log 4"], strict=True)))


def pgpse_specialisation(job: GridworldFigureJob, datasets: list[str]) -> Table:
    """Make the table of the data sets in the files `datasets`."""
    summary = summarise(pd.concat(map(read_table, datasets)))
    return Table(summary, layout(summary))


main = table_stage(pgpse_specialisation, "datasets.csv of every world", GridworldFigureJob)

if __name__ == "__main__":
    main()
