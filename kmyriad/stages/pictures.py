"""Figures as PDF and PNG with the numbers they draw as CSV, and the command line that stages which draw share."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures.draw import use_style
from kmyriad.settings import FigureJob
from kmyriad.stages.command import Job, run
from kmyriad.stages.files import write_atomically

Drawing = Callable[[Job, list[str]], tuple[Figure, pd.DataFrame]]


def write_figure(figure: Figure, numbers: pd.DataFrame, pdf: Path) -> None:
    """Write `figure` to `pdf` and to a PNG beside it, and `numbers` to a CSV; the same numbers give the same bytes."""
    undated = {"CreationDate": None}
    write_atomically(pdf, lambda path: figure.savefig(path, format="pdf", metadata=undated))
    write_atomically(pdf.with_suffix(".png"), lambda path: figure.savefig(path, format="png"))
    write_atomically(pdf.with_suffix(".csv"), lambda path: numbers.to_csv(path, index=False, float_format="%.6g"))


def drawing_stage(draw: Drawing, what: str, job_type: type[Job] = FigureJob) -> Callable[[list[str] | None], None]:
    """Return the `main` of a stage that reads the files --inputs (`what` says which) and writes the figure of `draw`."""

    def main(arguments: list[str] | None = None) -> None:
        use_style()
        parser = argparse.ArgumentParser(description=draw.__doc__)
        parser.add_argument("--inputs", nargs="+", required=True, help=what)
        parser.add_argument("--pdf", type=Path, required=True, help="figure to write; PNG and CSV go beside it")
        run(lambda job, options: write_figure(*draw(job, options.inputs), options.pdf), job_type, parser, arguments)

    return main
