"""Rules `ce_table1` to `ce_table3` and `ce_table6` to `ce_table9`: scores, or diversity, by task and arm, as CSV and Markdown."""

import argparse
from pathlib import Path

import pandas as pd

from kmyriad.figures import ce_diversity, ce_tables
from kmyriad.figures.table1 import markdown
from kmyriad.settings.collaborative_study import CollaborativeFigureJob
from kmyriad.stages.collaborative_runs import read_runs
from kmyriad.stages.command import run
from kmyriad.stages.files import write_atomically


def ce_table(job: CollaborativeFigureJob, metrics: list[str], csv: Path) -> None:
    """Write the table of the trainings whose metrics are in the files `metrics` to `csv` and, as Markdown, beside it."""
    numbers = ce_tables.summarise(read_runs(job, metrics), list(job.tasks), list(job.arms), job.resamples)
    _write(csv, numbers, ce_tables.layout(numbers, list(job.arms)), job.note)


def ce_table3(job: CollaborativeFigureJob, diversity: list[str], csv: Path) -> None:
    """Write Table 3 of the trainings whose diversity is in the files `diversity` to `csv` and, as Markdown, beside it."""
    numbers = ce_diversity.summarise(read_runs(job, diversity), list(job.tasks), list(job.arms))
    _write(csv, numbers, ce_diversity.layout(numbers), f"{ce_diversity.NOTE}\n\n{job.note}".rstrip())


def _write(csv: Path, numbers: pd.DataFrame, shown: pd.DataFrame, note: str) -> None:
    printed = markdown(shown) + (f"\n{note}\n" if note else "")
    write_atomically(csv, lambda path: numbers.to_csv(path, index=False, float_format="%.6g"))
    write_atomically(csv.with_suffix(".md"), lambda path: path.write_text(printed))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and write the table."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.ce_table", description=__doc__)
    inputs = parser.add_mutually_exclusive_group(required=True)
    inputs.add_argument("--metrics", nargs="+", help="metrics.csv of every training of the table")
    inputs.add_argument("--diversity", nargs="+", help="diversity.csv of every training, for Table 3")
    parser.add_argument("--csv", type=Path, required=True, help="CSV to write; Markdown goes beside it")
    run(_table, CollaborativeFigureJob, parser, arguments)


def _table(job: CollaborativeFigureJob, options: argparse.Namespace) -> None:
    if options.diversity:
        ce_table3(job, options.diversity, options.csv)
    else:
        ce_table(job, options.metrics, options.csv)


if __name__ == "__main__":
    main()
