"""Rule `summary`: entropy, success and divergence of all runs as one small JSON, which `dvc metrics` shows and compares."""

import argparse
import json
from time import perf_counter

import pandas as pd

from kmyriad.jobs.command import one_line_errors
from kmyriad.jobs.files import write_atomically
from kmyriad.jobs.records import Written, record_outputs
from kmyriad.jobs.runs import FINETUNED, read_tables
from kmyriad.papers.myriad.claims.paper import last_epochs

Branch = dict[str, dict[str, float]]


def summary(metrics: list[str], kl: list[str], outside: list[str]) -> dict[str, Branch]:
    """Return entropy (nats), success (share of environments) and kl (nats) by environment and then by heads or init.

    Each number is the mean over seeds (success: over goals as well; kl: over heads as well), entropy and success those of
    the last epochs. `metrics`, `kl` and `outside` are files of pretraining, diversity and fine-tuning runs; one without
    files is empty.
    """
    return {
        "entropy": _branch(last_epochs(read_tables(metrics)), "heads", "entropy"),
        "success": _branch(last_epochs(read_tables(outside, FINETUNED)), "init", "success") if outside else {},
        "kl": _branch(read_tables(kl), "heads", "kl") if kl else {},
    }


def _branch(table: pd.DataFrame, series: str, column: str) -> Branch:
    means = table.groupby(["environment", series], sort=False)[column].mean()
    branch: Branch = {}
    for (environment, which), mean in means.items():
        name = f"heads{which}" if series == "heads" else which
        branch.setdefault(environment, {})[name] = float(f"{mean:.6g}")
    return branch


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and write the summary."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.papers.myriad.summary", description=__doc__)
    parser.add_argument("--metrics", nargs="+", required=True, help="metrics.csv of every pretraining run of Fig. 5")
    parser.add_argument("--kl", nargs="*", default=[], help="kl.csv of every run with several heads")
    parser.add_argument("--outside", nargs="*", default=[], help="metrics.csv of every fine-tuning run of Fig. 7")
    parser.add_argument("--output", type=Written, required=True, help="JSON to write")
    options = parser.parse_args(arguments)
    started = perf_counter()
    with one_line_errors():
        text = json.dumps(summary(options.metrics, options.kl, options.outside), indent=2) + "\n"
        write_atomically(options.output, lambda path: path.write_text(text))
        record_outputs(options, None, perf_counter() - started)


if __name__ == "__main__":
    main()
