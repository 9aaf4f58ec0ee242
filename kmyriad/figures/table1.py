"""Table 1: divergence between the heads, ours beside the paper's."""

import pandas as pd

from kmyriad.claims.paper import TABLE_1
from kmyriad.figures.draw import panel_title


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
        rows.setdefault((row.heads, "ours"), {})[row.environment] = _cell(row.mean, row.sd)
        rows.setdefault((row.heads, "paper"), {})[row.environment] = _cell(row.paper_mean, row.paper_sd)
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["heads", "source"])
    return table.rename(columns=panel_title).fillna("-").sort_index().reset_index()


def markdown(table: pd.DataFrame) -> str:
    """Return `table` in Markdown."""
    lines = [list(table.columns), ["---"] * len(table.columns), *table.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def latex(table: pd.DataFrame) -> str:
    """Return `table` as a LaTeX tabular."""
    lines = [list(table.columns), *table.astype(str).to_numpy().tolist()]
    body = " \\\\\n".join(" & ".join(line).replace("±", "$\\pm$") for line in lines)
    return f"\\begin{{tabular}}{{{'l' * len(table.columns)}}}\n{body} \\\\\n\\end{{tabular}}\n"


def _cell(mean: float, spread: float) -> str:
    if pd.isna(mean):
        return "-"
    return f"{mean:.3f}" if pd.isna(spread) else f"{mean:.3f} ± {spread:.3f}"
