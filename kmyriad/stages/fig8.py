"""Rule `fig8`: the visits of one run an environment -> positions coloured by head, as PDF, PNG and CSV."""

import argparse
from pathlib import Path

import pandas as pd

from kmyriad.figures import draw, fig8
from kmyriad.settings import FigureJob
from kmyriad.stages.command import run
from kmyriad.stages.pictures import write_figure
from kmyriad.stages.runs import run_of
from kmyriad.stages.visit import load_particles

ROWS = 12
"""Steps of an episode that are drawn, evenly spaced: enough to see the paths, few enough to see the colours."""


def positions(file: str) -> pd.DataFrame:
    """Return the columns environment, head, x, y (metres) of ROWS steps of every trajectory in `file`."""
    particles, heads = load_particles(Path(file))
    steps = particles[:: max(1, len(particles) // ROWS)]
    owner = [head for head in range(heads) for _ in range(particles.shape[1] // heads)] * len(steps)
    x, y = steps[..., :2].flatten(0, 1).unbind(1)
    return pd.DataFrame({"environment": run_of(file).environment, "head": owner, "x": x.numpy(), "y": y.numpy()})


def make_fig8(job: FigureJob, particles: list[str], pdf: Path) -> None:
    """Draw the visits in the files `particles`, one an environment."""
    draw.use_style()
    table = pd.concat([positions(file) for file in particles], ignore_index=True)
    write_figure(fig8.draw(table, list(job.environments), job.note), table, pdf)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.fig8", description=__doc__)
    parser.add_argument("--particles", nargs="+", required=True, help="what the stage visit wrote, one run an environment")
    parser.add_argument("--pdf", type=Path, required=True, help="figure to write; PNG and CSV go beside it")
    run(lambda job, options: make_fig8(job, options.particles, options.pdf), FigureJob, parser, arguments)


if __name__ == "__main__":
    main()
