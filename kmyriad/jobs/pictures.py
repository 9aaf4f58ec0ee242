"""Figures as PDF and PNG with the numbers they draw as CSV and where they come from as JSON, and their command line."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import pandas as pd
from matplotlib.figure import Figure
from pydantic import BaseModel

from kmyriad.figures.draw import use_style
from kmyriad.jobs.command import run
from kmyriad.jobs.files import write_atomically
from kmyriad.jobs.records import write_record
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
    write_record([pdf, png, table], FORMAT, job, inputs, seconds)


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
