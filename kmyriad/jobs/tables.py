"""Tables as CSV, Markdown and LaTeX, and their command line."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pydantic import BaseModel

from kmyriad.jobs.command import run
from kmyriad.jobs.files import write_atomically
from kmyriad.jobs.records import Written
from kmyriad.settings import FigureJob


class Table(NamedTuple):
    """The numbers of a table, how it is printed (all text), and a note below it."""

    numbers: pd.DataFrame
    printed: pd.DataFrame
    note: str = ""


def mean_sd(mean: float, spread: float, digits: int = 3) -> str:
    """Return "0.861 ± 0.008", the mean alone where there is no spread (NaN), "-" where there is no mean."""
    if pd.isna(mean):
        return "-"
    return f"{mean:.{digits}f}" + ("" if pd.isna(spread) else f" ± {spread:.{digits}f}")


def markdown(table: pd.DataFrame) -> str:
    """Return `table` in Markdown."""
    lines = [list(table.columns), ["---"] * len(table.columns), *table.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def latex(table: pd.DataFrame) -> str:
    """Return `table` as a LaTeX tabular."""
    lines = [list(table.columns), *table.astype(str).to_numpy().tolist()]
    body = " \\\\\n".join(" & ".join(line).replace("±", "$\\pm$") for line in lines)
    return f"\\begin{{tabular}}{{{'l' * len(table.columns)}}}\n{body} \\\\\n\\end{{tabular}}\n"


def write_table(table: Table, csv: Path) -> None:
    """Write the numbers of `table` to `csv`; Markdown, with the note, and LaTeX go beside it."""
    below = f"\n{table.note}\n" if table.note else ""
    write_atomically(csv, lambda path: table.numbers.to_csv(path, index=False, float_format="%.6g"))
    write_atomically(csv.with_suffix(".md"), lambda path: path.write_text(markdown(table.printed) + below))
    write_atomically(csv.with_suffix(".tex"), lambda path: path.write_text(latex(table.printed)))


def table_stage(make: Callable[..., Table], what: str, job_type: type[BaseModel] = FigureJob) -> Callable[..., None]:
    """Return the `main` of a stage that reads the files --inputs and writes the table of `make`; `what` says which files."""

    def main(arguments: list[str] | None = None) -> None:
        parser = argparse.ArgumentParser(description=make.__doc__)
        parser.add_argument("--inputs", nargs="+", required=True, help=what)
        parser.add_argument("--output", type=Written, required=True, help="CSV to write; Markdown and LaTeX go beside it")
        run(lambda job, to: write_table(make(job, to.inputs), to.output), job_type, parser, arguments)

    return main
