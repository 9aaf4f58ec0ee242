"""Rule `fig8`: positions coloured by head."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import fig8 as scatter
from kmyriad.settings import FigureJob
from kmyriad.stages.pictures import drawing_stage
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


def fig8(job: FigureJob, particles: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the visits in the files `particles`, one an environment."""
    table = pd.concat([positions(file) for file in particles], ignore_index=True)
    return scatter.draw(table, list(job.environments), job.note), table


main = drawing_stage(fig8, "what the stage visit wrote, one run an environment")

if __name__ == "__main__":
    main()
