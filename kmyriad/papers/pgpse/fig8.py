"""Rule `pgpse_fig8`: where parallel agents and the single one go."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.gridworld import occupancy
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.papers.pgpse import maps
from kmyriad.papers.pgpse.runs import Trained, trained, worlds_of
from kmyriad.settings.gridworld import GridworldFigureJob


def pgpse_fig8(job: GridworldFigureJob, thetas: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the exact expected visits of the policies in the files `thetas`, the mean over agents and seeds."""
    summary = pd.concat([visits(arm) for arm in trained(job, thetas)], ignore_index=True)
    return maps.draw_visits(summary, worlds_of(job), job.note), summary


def visits(arm: Trained) -> pd.DataFrame:
    """Return the share of the visits that each free cell has."""
    free = arm.world.free
    shares = occupancy(arm.world, arm.policy).mean((0, 1))[free]
    return pd.DataFrame({"world": arm.run.world, "source": arm.run.arm, "state": free.numpy(), "visits": shares.numpy()})


main = drawing_stage(pgpse_fig8, "softmax tables of every training that is drawn", GridworldFigureJob)

if __name__ == "__main__":
    main()
