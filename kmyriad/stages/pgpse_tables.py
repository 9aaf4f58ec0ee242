"""Rule `pgpse_tables`: final entropy and support of every grid-world training, and the specialisation, as CSV and Markdown."""

import argparse
from pathlib import Path

import pandas as pd

from kmyriad.figures import pgpse_tables as tables
from kmyriad.figures.table1 import markdown
from kmyriad.stages.command import one_line_errors
from kmyriad.stages.files import write_atomically
from kmyriad.stages.gridworld_runs import gridworld_run_of
from kmyriad.stages.runs import read_tables


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and write both tables."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.pgpse_tables", description=__doc__)
    parser.add_argument("--metrics", nargs="+", required=True, help="metrics.csv of every training")
    parser.add_argument("--datasets", nargs="+", required=True, help="datasets.csv of every world")
    parser.add_argument("--finals", type=Path, required=True, help="CSV to write; Markdown goes beside it")
    parser.add_argument("--specialisation", type=Path, required=True, help="CSV to write; Markdown goes beside it")
    options = parser.parse_args(arguments)
    with one_line_errors():
        finals = tables.summarise_finals(read_tables(options.metrics, gridworld_run_of))
        _write(options.finals, finals, tables.layout_finals(finals))
        parts = tables.summarise_specialisation(pd.concat([pd.read_csv(file) for file in options.datasets]))
        _write(options.specialisation, parts, tables.layout_specialisation(parts))


def _write(csv: Path, numbers: pd.DataFrame, printed: pd.DataFrame) -> None:
    write_atomically(csv, lambda path: numbers.to_csv(path, index=False, float_format="%.6g"))
    write_atomically(csv.with_suffix(".md"), lambda path: path.write_text(markdown(printed)))


if __name__ == "__main__":
    main()
