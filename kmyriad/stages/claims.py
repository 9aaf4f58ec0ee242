"""Rule `claims`: our runs against the paper's claims, as JSON and Markdown."""

import argparse
import json
from pathlib import Path

import pandas as pd

from kmyriad.claims import judge_divergence, judge_entropy
from kmyriad.figures.table1 import markdown
from kmyriad.stages.files import write_atomically
from kmyriad.stages.runs import read_tables


def claims(metrics: list[str], kl: list[str], scale: str) -> pd.DataFrame:
    """Return one row a claim: claim, paper, ours, low, high, seeds, verdict, test, scale."""
    tables = [judge_entropy(read_tables(metrics)), *([judge_divergence(read_tables(kl))] if kl else [])]
    return pd.concat(tables, ignore_index=True).assign(scale=scale)


def text(table: pd.DataFrame) -> str:
    """Return `table` as Markdown, with the tests below it."""
    if table.empty:
        return "None of the paper's environments and numbers of heads was run.\n"
    shown = table.assign(ours=[f"{row.ours:.3f} [{row.low:.3f}, {row.high:.3f}]" for row in table.itertuples()])
    head = "Made by the rule `claims`; no verdict is typed by hand. *ours*: estimate and 95 % interval, nats.\n\n"
    tests = "\n".join(f"- {test}" for test in table["test"].unique())
    return f"{head}{markdown(shown[['claim', 'paper', 'ours', 'seeds', 'scale', 'verdict']])}\nTests:\n\n{tests}\n"


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and write the verdicts."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.claims", description=__doc__)
    parser.add_argument("--metrics", nargs="+", required=True, help="metrics.csv of every pretraining run")
    parser.add_argument("--kl", nargs="*", default=[], help="kl.csv of every run with several heads")
    parser.add_argument("--scale", required=True, help="name of the scale")
    parser.add_argument("--json", type=Path, required=True, help="JSON to write; Markdown goes beside it")
    options = parser.parse_args(arguments)
    table = claims(options.metrics, options.kl, options.scale)
    rows = json.dumps(json.loads(table.to_json(orient="records")), indent=2) + "\n"
    write_atomically(options.json, lambda path: path.write_text(rows))
    write_atomically(options.json.with_suffix(".md"), lambda path: path.write_text(text(table)))


if __name__ == "__main__":
    main()
