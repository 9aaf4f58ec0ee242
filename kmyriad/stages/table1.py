"""Rule `table1`: the divergences of all runs -> Table 1 as CSV, Markdown and LaTeX."""

import argparse
from pathlib import Path

from kmyriad.figures import table1
from kmyriad.stages.files import write_atomically
from kmyriad.stages.runs import read_tables


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and write the table."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.table1", description=__doc__)
    parser.add_argument("--kl", nargs="+", required=True, help="kl.csv of every run with several heads")
    parser.add_argument("--csv", type=Path, required=True, help="table to write; Markdown and LaTeX go beside it")
    options = parser.parse_args(arguments)
    summary = table1.summarise(read_tables(options.kl))
    printed = table1.layout(summary)
    write_atomically(options.csv, lambda path: summary.to_csv(path, index=False, float_format="%.6g"))
    write_atomically(options.csv.with_suffix(".md"), lambda path: path.write_text(table1.markdown(printed)))
    write_atomically(options.csv.with_suffix(".tex"), lambda path: path.write_text(table1.latex(printed)))


if __name__ == "__main__":
    main()
