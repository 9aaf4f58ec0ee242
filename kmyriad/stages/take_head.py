"""Rule `take_head`: one head of a policy, by its index, as a policy of its own."""

import argparse
from pathlib import Path
from time import perf_counter

from kmyriad.jobs.checkpoint import load_policy, save_head
from kmyriad.jobs.command import one_line_errors
from kmyriad.jobs.files import StageError


def take_head(policy_path: Path, head: int, actor_path: Path) -> None:
    """Write head number `head` of the policy at `policy_path` to `actor_path`; StageError if it has no such head."""
    started = perf_counter()
    policy = load_policy(policy_path)
    try:
        save_head(actor_path, policy, head, policy_path, perf_counter() - started)
    except IndexError as error:
        raise StageError(f"{policy_path}: {error}") from None


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.take_head", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to read")
    parser.add_argument("--head", required=True, type=int, help="index of the head, from 0")
    parser.add_argument("--actor", required=True, type=Path, help="checkpoint to write")
    options = parser.parse_args(arguments)
    with one_line_errors():
        take_head(options.policy, options.head, options.actor)


if __name__ == "__main__":
    main()
