"""Rule `claims`: our runs against the papers' claims, as JSON and Markdown.

Each paper's `verdicts` module says what evidence its claims rest on (EVIDENCE) and how they are judged (JUDGES); only those of
the papers whose evidence is given are loaded.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.records import Written
from kmyriad.jobs.runs import PRETRAINED, RunPath, read_tables
from kmyriad.jobs.tables import markdown
from kmyriad.names import choose
from kmyriad.papers import PAPERS
from kmyriad.settings import ClaimsJob


class Evidence(NamedTuple):
    """One kind of files that claims rest on: what they are, and how they are read, with the job's settings."""

    what: str
    read: Callable[[list[str], ClaimsJob], pd.DataFrame]


def of_runs(what: str, path: RunPath = PRETRAINED) -> Evidence:
    """Return the evidence of one table a run, in the folders of `path`, with a column for each field of the run."""
    return Evidence(what, lambda files, job: read_tables(files, path))


class Judge(NamedTuple):
    """Judges some claims by the tables of evidence of these names, in this order; takes the job's settings as well."""

    names: tuple[str, ...]
    judge: Callable[..., pd.DataFrame]
    missing: Callable[[], pd.DataFrame] = pd.DataFrame
    """Makes the rows where a table is not there, as `kmyriad.statistics.verdict.not_run` does; none, if not given."""


Files = Mapping[str, Mapping[str, list[str]]]
"""By paper and name of evidence."""


def claims(job: ClaimsJob, files: Files) -> pd.DataFrame:
    """Return one row a claim: claim, paper, ours, low, high, n, verdict, test, scale; those that nothing was run for come last.

    Raises:
        StageError: evidence that a paper does not know.
    """
    tables = [table for paper, evidence in files.items() for table in _judged(job, paper, evidence) if len(table)]
    if not tables:
        return pd.DataFrame()
    table = pd.concat(tables, ignore_index=True).assign(scale=job.scale)
    return table.loc[(table["n"] == 0).sort_values(kind="stable").index].reset_index(drop=True)


def _judged(job: ClaimsJob, paper: str, files: Mapping[str, list[str]]) -> Iterator[pd.DataFrame]:
    try:
        verdicts = import_module(f"kmyriad.papers.{choose(paper, PAPERS, 'paper')}.verdicts")
        for name in files:
            choose(name, verdicts.EVIDENCE, f"evidence of {paper}")
    except ValueError as error:
        raise StageError(str(error)) from None
    read = {name: verdicts.EVIDENCE[name].read(paths, job) for name, paths in files.items() if paths}
    for names, judge, missing in verdicts.JUDGES:
        there = read.keys() >= set(names)
        yield judge(*(read[name] for name in names), job) if there else missing()


def text(table: pd.DataFrame) -> str:
    """Return `table` as Markdown, with the tests below it."""
    if table.empty:
        return "None of the paper's environments and numbers of heads was run.\n"
    intervals = [f"{row.ours:.3f} [{row.low:.3f}, {row.high:.3f}]" if row.n else "not run" for row in table.itertuples()]
    shown = table.assign(ours=intervals)
    head = (
        "Made by the rule `claims`; no verdict is typed by hand. *ours*: estimate and 95 % interval; "
        "*n*: seeds, or for PPO runs (goals x seeds), that the interval goes over.\n\n"
    )
    tests = "\n".join(f"- {test}" for test in table["test"].unique())
    return f"{head}{markdown(shown[['claim', 'paper', 'ours', 'n', 'scale', 'verdict']])}\nTests:\n\n{tests}\n"


def write_claims(job: ClaimsJob, files: Files, json_path: Path) -> None:
    """Write the verdicts to `json_path` and, as Markdown, beside it."""
    table = claims(job, files)
    rows = json.dumps(json.loads(table.to_json(orient="records")), indent=2) + "\n"
    write_atomically(json_path, lambda path: path.write_text(rows))
    write_atomically(json_path.with_suffix(".md"), lambda path: path.write_text(text(table)))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and write the verdicts."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.papers.claims", description=__doc__)
    what = "paper, name of evidence in its verdicts.py, and the files"
    parser.add_argument("--evidence", nargs="+", action="append", default=[], metavar=("PAPER", "NAME"), help=what)
    parser.add_argument("--output", type=Written, required=True, help="JSON to write; Markdown goes beside it")
    run(_write, ClaimsJob, parser, arguments)


def _write(job: ClaimsJob, options: argparse.Namespace) -> None:
    files: dict[str, dict[str, list[str]]] = {}
    for paper, name, *paths in options.evidence:
        files.setdefault(paper, {})[name] = paths
    write_claims(job, files, options.output)


if __name__ == "__main__":
    main()
