"""Rule `pgpse_frank_wolfe`: what the number of agents does to the rate of parallel Frank-Wolfe (Theorem A.2)."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.figures import pgpse_frank_wolfe as panels
from kmyriad.gridworld import world
from kmyriad.gridworld.frank_wolfe_rates import rates
from kmyriad.settings.gridworld import TheoremJob
from kmyriad.stages.pictures import drawing_stage


def pgpse_frank_wolfe(job: TheoremJob) -> tuple[Figure, pd.DataFrame]:
    """Run Algorithm 2 with each number of agents and draw the gap to the greatest entropy."""
    numbers = pd.DataFrame(rates(world(job.world), agents=job.agents, seeds=job.seeds))
    return panels.draw(numbers, job.note), numbers


main = drawing_stage(pgpse_frank_wolfe, None, TheoremJob)

if __name__ == "__main__":
    main()
