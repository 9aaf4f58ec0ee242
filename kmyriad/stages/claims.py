"""Rule `claims`: our runs against the paper's claims, as JSON and Markdown."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from kmyriad import claims as judges
from kmyriad.figures.table1 import markdown
from kmyriad.settings import ClaimsJob
from kmyriad.stages.collaborative_runs import collaborative_run_of
from kmyriad.stages.command import run
from kmyriad.stages.coverage_runs import read_trained
from kmyriad.stages.files import write_atomically
from kmyriad.stages.gridworld_runs import gridworld_run_of
from kmyriad.stages.runs import budget_of, finetune_run_of, read_tables, run_of

FILES = {
    "metrics": "metrics.csv of every pretraining run of Fig. 5",
    "kl": "kl.csv of every run with several heads",
    "budgets": "coverage.csv of every run of Fig. 6",
    "trained": "coverage.csv of every pretraining run of Fig. 5 and of the controls",
    "untrained": "coverage.csv of untrained policies",
    "long": "metrics.csv of every run of Fig. 10",
    "outside": "metrics.csv of every fine-tuning run of Fig. 7",
    "inside": "metrics.csv of the fine-tuning runs to goals inside the radius",
    "curves": "metrics.csv of every training in a grid world",
    "datasets": "datasets.csv of every grid world",
    "success": "success.csv of every grid world",
    "returns": "metrics.csv of every arm of Collaborative Exploration",
    "visits": "visits.csv of every arm of Collaborative Exploration in the maze",
}


def claims(job: ClaimsJob, files: dict[str, list[str]]) -> pd.DataFrame:
    """Return one row a claim: claim, paper, ours, low, high, n, verdict, test, scale; `files` has the keys of FILES."""
    read = {name: _read(name, paths, job.update) for name, paths in files.items() if paths}
    judged: dict[tuple[str, ...], Callable[..., pd.DataFrame]] = {
        ("metrics",): judges.judge_entropy,
        ("budgets",): judges.judge_budgets,
        ("trained", "untrained"): judges.judge_noise,
        ("trained",): judges.judge_updates,
        ("long",): lambda metrics: judges.judge_long_run(metrics, job.epochs),
        ("kl",): judges.judge_divergence,
        ("outside",): judges.judge_jumpstart,
        ("outside", "inside"): judges.judge_reach,
        ("curves", "datasets", "success"): judges.judge_gridworld,
        ("returns",): judges.judge_returns,
        ("visits",): judges.judge_coverage,
    }
    tables = [judge(*(read[name] for name in names)) for names, judge in judged.items() if read.keys() >= set(names)]
    return pd.concat(tables, ignore_index=True).assign(scale=job.scale)


def _read(name: str, paths: list[str], update: str) -> pd.DataFrame:
    if name == "trained":
        return read_trained(paths, update)
    keys: dict[str, Callable[[str], NamedTuple]] = {
        "budgets": budget_of,
        "outside": finetune_run_of,
        "inside": finetune_run_of,
        "curves": gridworld_run_of,
        "returns": collaborative_run_of,
        "visits": collaborative_run_of,
    }
    if name in ("datasets", "success"):
        return pd.concat(map(pd.read_csv, paths), ignore_index=True)
    return read_tables(paths, keys.get(name, run_of))


def text(table: pd.DataFrame) -> str:
    """Return `table` as Markdown, with the tests below it."""
    if table.empty:
        return "None of the paper's environments and numbers of heads was run.\n"
    shown = table.assign(ours=[f"{row.ours:.3f} [{row.low:.3f}, {row.high:.3f}]" for row in table.itertuples()])
    head = (
        "Made by the rule `claims`; no verdict is typed by hand. *ours*: estimate and 95 % interval; "
        "*n*: seeds, or for PPO runs (goals x seeds), that the interval goes over.\n\n"
    )
    tests = "\n".join(f"- {test}" for test in table["test"].unique())
    return f"{head}{markdown(shown[['claim', 'paper', 'ours', 'n', 'scale', 'verdict']])}\nTests:\n\n{tests}\n"


def write_claims(job: ClaimsJob, files: dict[str, list[str]], json_path: Path) -> None:
    """Write the verdicts to `json_path` and, as Markdown, beside it."""
    table = claims(job, files)
    rows = json.dumps(json.loads(table.to_json(orient="records")), indent=2) + "\n"
    write_atomically(json_path, lambda path: path.write_text(rows))
    write_atomically(json_path.with_suffix(".md"), lambda path: path.write_text(text(table)))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and write the verdicts."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.claims", description=__doc__)
    for name, what in FILES.items():
        parser.add_argument(f"--{name}", nargs="*", default=[], help=what)
    parser.add_argument("--json", type=Path, required=True, help="JSON to write; Markdown goes beside it")
    run(
        lambda job, options: write_claims(job, {name: getattr(options, name) for name in FILES}, options.json),
        ClaimsJob,
        parser,
        arguments,
    )


if __name__ == "__main__":
    main()
