"""Rule `fig7`: the metrics of all fine-tuning runs -> Fig. 7 as PDF and PNG, and the drawn numbers as CSV."""

import argparse
from pathlib import Path

from kmyriad.figures import draw, fig7
from kmyriad.settings import FigureJob
from kmyriad.stages.command import run
from kmyriad.stages.pictures import write_figure
from kmyriad.stages.runs import finetune_run_of, read_tables


def make_fig7(job: FigureJob, metrics: list[str], pdf: Path) -> None:
    """Draw the success curves of the runs whose metrics are in the files `metrics`."""
    draw.use_style()
    summary = fig7.summarise(read_tables(metrics, finetune_run_of))
    write_figure(fig7.draw(summary, list(job.environments), job.note), summary, pdf)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.fig7", description=__doc__)
    parser.add_argument("--metrics", nargs="+", required=True, help="metrics.csv of every fine-tuning run")
    parser.add_argument("--pdf", type=Path, required=True, help="figure to write; PNG and CSV go beside it")
    run(lambda job, options: make_fig7(job, options.metrics, options.pdf), FigureJob, parser, arguments)


if __name__ == "__main__":
    main()
