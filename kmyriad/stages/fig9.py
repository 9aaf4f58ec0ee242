"""Rule `fig9`: pictures of the terrains, as PDF and PNG, and what they show as numbers."""

import pandas as pd
from matplotlib.figure import Figure

from kmyriad.envs.ant.terrains import Terrain
from kmyriad.figures import fig9 as panels
from kmyriad.figures.render import check_opengl
from kmyriad.settings import EnvironmentSettings, SceneJob
from kmyriad.stages.environments import look_at
from kmyriad.stages.files import StageError
from kmyriad.stages.pictures import drawing_stage


def fig9(job: SceneJob) -> tuple[Figure, pd.DataFrame]:
    """Draw the ants' terrains of `job.environments`."""
    check_opengl()
    terrains = {environment.label: terrain_of(environment) for environment in job.environments}
    return panels.draw(terrains, job.note), panels.summarise(terrains)


def terrain_of(environment: EnvironmentSettings) -> Terrain:
    """Return the terrain of an ant's `environment`; StageError if it is not an ant's, ValueError if there is no such one."""
    if not environment.is_ant:
        raise StageError(f"only ants have a terrain to draw, not {environment.name!r}: leave it out")
    terrain: Terrain = getattr(look_at(environment), "terrain")  # noqa: B009, not part of the protocol
    return terrain


main = drawing_stage(fig9, None, SceneJob)

if __name__ == "__main__":
    main()
