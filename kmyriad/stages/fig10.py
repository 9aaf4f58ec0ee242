"""Rule `fig10`: entropy against updates over a long run."""

from kmyriad.stages.fig5 import fig5
from kmyriad.stages.pictures import drawing_stage

main = drawing_stage(fig5, "metrics.csv of every long run")

if __name__ == "__main__":
    main()
