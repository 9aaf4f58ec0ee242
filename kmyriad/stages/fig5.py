"""Rule `fig5`: the metrics of all pretraining runs -> Fig. 5 as PDF and PNG, and the drawn numbers as CSV."""

import argparse
import json
from pathlib import Path

import pandas as pd

from kmyriad.figures import draw, fig5
from kmyriad.stages.files import write_atomically


def read_metrics(files: list[str]) -> pd.DataFrame:
    """Return all runs' metrics in one table; environment, heads and seed come from the paths .../<env>/heads<h>/seed<s>/."""
    tables = []
    for file in files:
        environment, heads, seed = Path(file).parts[-4:-1]
        run = {"environment": environment, "heads": int(heads[len("heads") :]), "seed": int(seed[len("seed") :])}
        tables.append(pd.read_csv(file).assign(**run))
    return pd.concat(tables, ignore_index=True)


def main() -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.fig5", description=__doc__)
    parser.add_argument("--metrics", nargs="+", required=True)
    parser.add_argument("--settings", required=True, help='JSON: {"environments": [...], "note": ...}')
    parser.add_argument("--pdf", type=Path, required=True)
    options = parser.parse_args()
    settings = json.loads(options.settings)
    draw.use_style()
    summary = fig5.summarise(read_metrics(options.metrics))
    figure = fig5.draw(summary, settings["environments"], settings["note"])
    undated = {"CreationDate": None}  # the same numbers give the same bytes
    write_atomically(options.pdf, lambda path: figure.savefig(path, format="pdf", metadata=undated))
    write_atomically(options.pdf.with_suffix(".png"), lambda path: figure.savefig(path, format="png"))
    write_atomically(options.pdf.with_suffix(".csv"), lambda path: summary.to_csv(path, index=False, float_format="%.6g"))


if __name__ == "__main__":
    main()
