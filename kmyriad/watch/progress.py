"""How far a job is: by its log, by its saved state, or by its finished metrics."""

import csv
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError, safe_open
from tqdm import tqdm

from kmyriad.jobs.progress import LINE

TAIL = 8192
"""Bytes at the end of a log that are looked through: some eighty lines."""


class Reached(NamedTuple):
    """Epochs made, of how many in all (0: not known), the time that the rest takes ("": not known), and the metric shown."""

    done: int
    epochs: int
    left: str
    shown: str


def by_log(log: Path, seed: str) -> Reached | None:
    """Return what the last line of progress in `log` says, of the job whose title ends with `seed`; None without such a line."""
    with open(log, "rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL))
        lines = file.read().decode(errors="replace").splitlines()
    found = [match for match in map(LINE.match, lines) if match and match["what"].endswith(seed)]
    if not found:
        return None
    last = found[-1]
    return Reached(int(last["done"]), int(last["epochs"]), last["left"], last["shown"])


def by_state(state: Path, metric: str) -> Reached:
    """Return how far the rows in a saved state go; nothing is known of one that is damaged."""
    try:
        with safe_open(state, "np") as file:
            metadata = file.metadata()
            rows, epochs = json.loads(metadata["rows"]), int(metadata.get("epochs", 0))
    except (SafetensorError, KeyError, TypeError, ValueError):
        return Reached(0, 0, "", "its state is damaged")
    return Reached(len(rows), epochs, _left(rows, epochs), f"{metric} {rows[-1][metric]:.3f}")


def by_metrics(metrics: Path, metric: str) -> Reached:
    """Return what finished metrics end with: of the rows of several seeds, the mean of the last ones."""
    return _of_table(metrics, metric, metrics.stat().st_mtime_ns)


@lru_cache(maxsize=10_000)
def _of_table(metrics: Path, metric: str, changed: int) -> Reached:
    """Read the table as it is since `changed`: once, however often it is shown."""
    with open(metrics, newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        count = "epoch" if "epoch" in rows[0] else "update"
        last = [float(row[metric]) for row in rows if row[count] == rows[-1][count]]
        done = len({row[count] for row in rows})
    except (IndexError, KeyError, ValueError):
        return Reached(0, 0, "", "its metrics are damaged")
    return Reached(done, done, "", f"{metric} {sum(last) / len(last):.3f}")


def _left(rows: Sequence[dict[str, Any]], epochs: int) -> str:
    """Return the time that the rest takes if an epoch goes on as it did on average."""
    if not epochs:
        return ""
    spent = sum(value for row in rows for name, value in row.items() if name.startswith("seconds_"))
    return tqdm.format_interval(spent / len(rows) * (epochs - len(rows)))
