"""Rule `select_head`: the best head by its evaluation, as a policy of its own, and why it was chosen."""

import argparse
import json
from pathlib import Path
from time import perf_counter

import pandas as pd

from kmyriad.heads import select_head as choose_head
from kmyriad.jobs.checkpoint import load_policy, save_head
from kmyriad.jobs.command import one_line_errors
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.records import Written, record_outputs


def select_head(policy_path: Path, table_path: Path, actor_path: Path, choice_path: Path) -> None:
    """Write the selected head's actor to `actor_path`, and head, reason and evaluation as JSON to `choice_path`."""
    started = perf_counter()
    table = pd.read_csv(table_path)
    head, reason = choose_head(table)
    policy = load_policy(policy_path)
    if len(table) != policy.num_heads:
        raise StageError(f"{table_path} evaluates {len(table)} heads, {policy_path} has {policy.num_heads}")
    save_head(actor_path, policy, head, policy_path, perf_counter() - started)
    choice = {"head": head, "reason": reason, **json.loads(table.loc[table["head"] == head].iloc[0].drop("head").to_json())}
    write_atomically(choice_path, lambda path: path.write_text(json.dumps(choice, indent=2) + "\n"))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.select_head", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to read")
    parser.add_argument("--table", required=True, type=Path, help="what the stage evaluate_heads wrote")
    parser.add_argument("--actor", required=True, type=Path, help="checkpoint to write")
    parser.add_argument("--choice", required=True, type=Written, help="JSON to write")
    options = parser.parse_args(arguments)
    with one_line_errors():
        started = perf_counter()
        select_head(options.policy, options.table, options.actor, options.choice)
        record_outputs(options, None, perf_counter() - started)


if __name__ == "__main__":
    main()
