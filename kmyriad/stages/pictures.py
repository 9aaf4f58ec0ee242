"""Writing a figure as PDF and PNG, with the numbers it draws as CSV beside them."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.stages.files import write_atomically


def write_figure(figure: Figure, numbers: pd.DataFrame, pdf: Path) -> None:
    """Write `figure` to `pdf` and to a PNG beside it, and `numbers` to a CSV; the same numbers give the same bytes."""
    undated = {"CreationDate": None}
    write_atomically(pdf, lambda path: figure.savefig(path, format="pdf", metadata=undated))
    write_atomically(pdf.with_suffix(".png"), lambda path: figure.savefig(path, format="png"))
    write_atomically(pdf.with_suffix(".csv"), lambda path: numbers.to_csv(path, index=False, float_format="%.6g"))
