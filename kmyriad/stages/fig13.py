"""Rule `fig13`: the visits of all runs -> heat maps, all seeds of a setting in one, as PDF, PNG and CSV."""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from kmyriad.figures import draw, fig13
from kmyriad.settings import FigureJob
from kmyriad.stages.command import run
from kmyriad.stages.pictures import write_figure
from kmyriad.stages.runs import run_of
from kmyriad.stages.visit import load_particles


def make_fig13(job: FigureJob, particles: list[str], pdf: Path) -> None:
    """Draw the visits in the files `particles`; their first two features are taken as x and y in metres."""
    draw.use_style()
    parts = defaultdict(list)
    for file in particles:
        parts[run_of(file)[:2]].append(load_particles(Path(file))[0][..., :2].flatten(0, 1).numpy())
    visits = {setting: np.concatenate(points) for setting, points in parts.items()}
    summary = fig13.summarise(visits, job.extent)
    write_figure(fig13.draw(summary, list(job.environments), job.extent, job.note), summary, pdf)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.fig13", description=__doc__)
    parser.add_argument("--particles", nargs="+", required=True, help="what the stage visit wrote, for every run")
    parser.add_argument("--pdf", type=Path, required=True, help="figure to write; PNG and CSV go beside it")
    run(lambda job, options: make_fig13(job, options.particles, options.pdf), FigureJob, parser, arguments)


if __name__ == "__main__":
    main()
