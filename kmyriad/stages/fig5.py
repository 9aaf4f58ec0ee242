"""Rule `fig5`: the metrics of all pretraining runs -> Fig. 5 as PDF and PNG, and the drawn numbers as CSV."""

import argparse
from pathlib import Path

from kmyriad.figures import draw, fig5
from kmyriad.settings import FigureJob
from kmyriad.stages.command import run
from kmyriad.stages.pictures import write_figure
from kmyriad.stages.runs import read_tables


def make_fig5(job: FigureJob, metrics: list[str], pdf: Path) -> None:
    """Draw the entropy curves of the runs whose metrics are in the files `metrics`."""
    draw.use_style()
    summary = fig5.summarise(read_tables(metrics))
    write_figure(fig5.draw(summary, list(job.environments), job.note), summary, pdf)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.fig5", description=__doc__)
    parser.add_argument("--metrics", nargs="+", required=True, help="metrics.csv of every run")
    parser.add_argument("--pdf", type=Path, required=True, help="figure to write; PNG and CSV go beside it")
    run(lambda job, options: make_fig5(job, options.metrics, options.pdf), FigureJob, parser, arguments)


if __name__ == "__main__":
    main()
