"""What made a result that git holds: a small JSON beside it, of which `kmyriad info` tells."""

import argparse
import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PosixPath
from typing import Any

from pydantic import BaseModel

from kmyriad.jobs.provenance import digest, provenance, read_sidecar, write_sidecar

FORMAT = "kmyriad-result-1"
BESIDE = (".md", ".tex")
"""A table's other formats, which share its record."""


class Written(PosixPath):
    """The type of an argument that names a file to write, of which `kmyriad.jobs.command.run` keeps a record."""


def record_outputs(options: argparse.Namespace, job: BaseModel | None, seconds: float) -> None:
    """Write the record of each output among the `options` of a stage that `job` ran with, in `seconds`; the rest are inputs."""
    outputs = [value for value in _paths(vars(options).values()) if isinstance(value, Written)]
    inputs = [value for value in _paths(vars(options).values()) if not isinstance(value, Written) and value.is_file()]
    for output in filter(Path.is_file, outputs):
        files = [output, *filter(Path.is_file, (output.with_suffix(suffix) for suffix in BESIDE))]
        write_record(files, FORMAT, job, [str(file) for file in inputs], seconds)


def write_record(files: Sequence[Path], kind: str, job: BaseModel | None, inputs: Sequence[str], seconds: float | None) -> None:
    """Write the record of `files` beside the first; env_steps are its own, or where it has none those of all inputs."""
    import torch

    sources = [Path(file) for file in inputs]
    last = _last_rows(files[0])
    if not any("env_steps" in row for row in last):
        last = [row for file in sources for row in _last_rows(file)]
    facts = {
        "sha256": {file.name: digest([file]) for file in files},
        "settings": job.model_dump(mode="json") if job else None,
        "seeds": sorted({int(row["seed"]) for row in last if row.get("seed") is not None}),
        "env_steps": sum(int(row.get("env_steps") or 0) for row in last),
        "inputs": {"sha256": digest(sources), "files": [str(file) for file in inputs]},
    }
    write_sidecar(files[0], kind, facts | provenance(torch.get_num_threads(), "cpu", seconds))


def _paths(values: Iterable[object]) -> list[Path]:
    """Return the paths among the values of arguments; text counts as one where a file of that name exists."""
    found: list[Path] = []
    for value in values:
        if isinstance(value, list):
            found += _paths(value)
        elif isinstance(value, Path):
            found.append(value)
        elif isinstance(value, str) and "{" not in value:  # settings are no path
            found.append(Path(value))
    return found


def _last_rows(file: Path) -> list[dict[str, Any]]:
    """Return what `file` says at last of each of its seeds: the rows of metrics, or the sidecar of another result.

    The seed of a file without a column of them is in its path, if it has one.
    """
    rows = [read_sidecar(file) or {}]
    if file.suffix == ".csv":
        with open(file, newline="") as lines:
            rows = list({row.get("seed"): row for row in csv.DictReader(lines)}.values()) or rows
    seed = next((part[4:] for part in file.parts if re.fullmatch(r"seed\d+", part)), None)
    return [{"seed": seed} | row for row in rows]
