"""Rules `ce_table1`, `ce_table2` and `ce_table6` to `ce_table9`: scores by task and arm, as CSV and Markdown."""

import argparse
from pathlib import Path

from kmyriad.figures import ce_tables
from kmyriad.figures.table1 import markdown
from kmyriad.settings.collaborative_study import CollaborativeFigureJob
from kmyriad.stages.collaborative_runs import read_runs
from kmyriad.stages.command import run
from kmyriad.stages.files import write_atomically


def ce_table(job: CollaborativeFigureJob, metrics: list[str], csv: Path) -> None:
    """Write the table of the trainings whose metrics are in the files `metrics` to `csv` and, as Markdown, beside it."""
    numbers = ce_tables.summarise(read_runs(job, metrics), list(job.tasks), list(job.arms), job.resamples)
    printed = markdown(ce_tables.layout(numbers, list(job.arms))) + (f"\n{job.note}\n" if job.note else "")
    write_atomically(csv, lambda path: numbers.to_csv(path, index=False, float_format="%.6g"))
    write_atomically(csv.with_suffix(".md"), lambda path: path.write_text(printed))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and write the table."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.ce_table", description=__doc__)
    parser.add_argument("--metrics", nargs="+", required=True, help="metrics.csv of every training of the table")
    parser.add_argument("--csv", type=Path, required=True, help="CSV to write; Markdown goes beside it")
    run(lambda job, options: ce_table(job, options.metrics, options.csv), CollaborativeFigureJob, parser, arguments)


if __name__ == "__main__":
    main()
