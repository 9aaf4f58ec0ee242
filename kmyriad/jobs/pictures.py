"""Figures as PDF and PNG with the numbers they draw as CSV and where they come from as JSON, and their command line."""

import argparse
import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd
import torch
from matplotlib.figure import Figure
from pydantic import BaseModel

from kmyriad.figures.draw import use_style
from kmyriad.jobs.command import run
from kmyriad.jobs.files import write_atomically
from kmyriad.jobs.provenance import digest, provenance, read_sidecar, write_sidecar
from kmyriad.settings import FigureJob

Drawing = Callable[..., tuple[Figure, pd.DataFrame]]
"""Called with the settings and the files to read, if there are any."""
FORMAT = "kmyriad-figure-1"


def write_figure(
    figure: Figure,
    numbers: pd.DataFrame,
    pdf: Path,
    job: BaseModel | None = None,
    inputs: Sequence[str] = (),
    seconds: float | None = None,
) -> None:
    """Write `figure` to `pdf` and to a PNG beside it, and `numbers` to a CSV; the same numbers give the same bytes.

    The sidecar says that `job` made them of the files `inputs` in `seconds`, and where; it is not the same every time.
    """
    undated = {"CreationDate": None}
    png, table = pdf.with_suffix(".png"), pdf.with_suffix(".csv")
    write_atomically(pdf, lambda path: figure.savefig(path, format="pdf", metadata=undated))
    write_atomically(png, lambda path: figure.savefig(path, format="png"))
    write_atomically(table, lambda path: numbers.to_csv(path, index=False, float_format="%.6g"))
    record_figure([pdf, png, table], job, inputs, seconds)


def record_figure(files: list[Path], job: BaseModel | None, inputs: Sequence[str], seconds: float | None) -> None:
    """Write the sidecar of a figure, which is in `files`, beside the first; its `env_steps` are those of all inputs."""
    sources = [Path(file) for file in inputs]
    last = [row for file in sources for row in _last_rows(file)]
    facts = {
        "sha256": {file.name: digest([file]) for file in files},
        "settings": job.model_dump(mode="json") if job else None,
        "seeds": sorted({int(row["seed"]) for row in last if row.get("seed") is not None}),
        "env_steps": sum(int(row.get("env_steps") or 0) for row in last),
        "inputs": {"sha256": digest(sources), "files": [str(file) for file in inputs]},
    }
    write_sidecar(files[0], FORMAT, facts | provenance(torch.get_num_threads(), "cpu", seconds))


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


def drawing_stage(draw: Drawing, what: str | None, job_type: type[BaseModel] = FigureJob) -> Callable[..., None]:
    """Return the `main` of a stage that reads the files --inputs and writes the figure of `draw`.

    `what` says which files; without it there are none, and `draw` is called with the settings alone.
    """

    def stage(job: BaseModel, options: argparse.Namespace) -> None:
        started = perf_counter()
        figure, numbers = draw(job, options.inputs) if what else draw(job)
        write_figure(figure, numbers, options.output, job, options.inputs, perf_counter() - started)

    def main(arguments: list[str] | None = None) -> None:
        use_style()
        parser = argparse.ArgumentParser(description=draw.__doc__)
        if what:
            parser.add_argument("--inputs", nargs="+", required=True, help=what)
        parser.add_argument("--output", type=Path, required=True, help="PDF to write; PNG, CSV and JSON go beside it")
        parser.set_defaults(inputs=[])
        run(stage, job_type, parser, arguments)

    return main
