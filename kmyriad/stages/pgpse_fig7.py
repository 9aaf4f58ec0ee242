"""Rule `pgpse_fig7`: Fig. 1 for the number of agents that it leaves out."""

from kmyriad.settings.gridworld import GridworldFigureJob
from kmyriad.stages.pgpse_fig1 import pgpse_fig1
from kmyriad.stages.pictures import drawing_stage

main = drawing_stage(pgpse_fig1, "metrics.csv of every training that is drawn", GridworldFigureJob)

if __name__ == "__main__":
    main()
