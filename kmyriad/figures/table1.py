"""Table 1: divergence between the heads, ours beside the paper's."""

import pandas as pd

from kmyriad.figures.draw import panel_title

PAPER = {
    ("ant-empty", 10): (0.9869, 0.0160),
    ("ant-maze", 10): (0.5980, 0.0267),
    ("ant-pyramid", 10): (0.5340, 0.0333),
    ("ant-cave", 10): (0.8804, 0.0399),
    ("ant-empty", 50): (1.3337, 0.0099),
    ("ant-maze", 50): (1.0230, 0.0164),
    ("ant-pyramid", 50): (0.8807, 0.0288),
    ("ant-cave", 50): (1.0432, 0.0153),
}
"""Mean and spread of the KL divergence in nats by environment and heads, as printed in the paper's Table 1."""


def summarise(kl: pd.DataFrame) -> pd.DataFrame:
    """Return mean, sd over seeds and number of seeds of the heads' mean divergence (nats), with the paper's beside.

    `kl` has the columns environment, heads, seed, head and kl. With one seed there is no sd (NaN).
    """
    per_seed = kl.groupby(["environment", "heads", "seed"], sort=False)["kl"].mean().reset_index()
    groups = per_seed.groupby(["environment", "heads"], sort=False)["kl"]
    table = groups.agg(mean="mean", sd="std", seeds="size").reset_index()
    paper = [PAPER.get((row.environment, row.heads), (float("nan"),) * 2) for row in table.itertuples()]
    return table.assign(paper_mean=[mean for mean, _ in paper], paper_sd=[sd for _, sd in paper])


def layout(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the paper's layout: a row for each number of heads and source, a column for each environment, as text."""
    rows = {}
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
