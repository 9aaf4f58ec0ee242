"""Rule `pgpse_concentration`: how fast the entropy of samples settles, single against parallel (Theorem 4.1)."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import pgpse_concentration as panels
from kmyriad.gridworld import world
from kmyriad.gridworld.concentration import tails
from kmyriad.settings.gridworld import TheoremJob
from kmyriad.stages.pictures import drawing_stage


def pgpse_concentration(job: TheoremJob) -> tuple[Figure, pd.DataFrame]:
    """Draw samples for each number of agents and draw how often their entropy is off, beside the bound."""
    numbers = pd.DataFrame(tails(world(job.world), agents=job.agents, seed=job.seeds[0]))
    return panels.draw(numbers, job.note), numbers


main = drawing_stage(pgpse_concentration, None, TheoremJob)

if __name__ == "__main__":
    main()
