"""Rule `fig9`: pictures of the terrains, as PDF and PNG, and what they show as numbers."""

import argparse
from pathlib import Path
from time import perf_counter

from kmyriad.envs import make
from kmyriad.envs.ant.terrains import Terrain
from kmyriad.figures import fig9 as panels
from kmyriad.figures.draw import use_style
from kmyriad.figures.render import check_opengl
from kmyriad.settings import EnvironmentSettings, SceneJob
from kmyriad.stages.command import run
from kmyriad.stages.files import StageError
from kmyriad.stages.pictures import write_figure


def fig9(job: SceneJob, pdf: Path) -> None:
    """Draw the ants' terrains of `job.environments`."""
    started = perf_counter()
    check_opengl()
    use_style()
    terrains = {environment.label: terrain_of(environment) for environment in job.environments}
    write_figure(panels.draw(terrains, job.note), panels.summarise(terrains), pdf, job, (), perf_counter() - started)


def terrain_of(environment: EnvironmentSettings) -> Terrain:
    """Return the terrain of an ant's `environment`; StageError if it is not an ant's, ValueError if there is no such one."""
    if not environment.is_ant:
        raise StageError(f"only ants have a terrain to draw, not {environment.name!r}: leave it out")
    env = make(environment.name, 1, **environment.settings)
    env.close()
    terrain: Terrain = getattr(env, "terrain")  # noqa: B009, not part of the protocol
    return terrain


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.fig9", description=__doc__)
    parser.add_argument("--pdf", type=Path, required=True, help="figure to write; PNG and CSV go beside it")
    run(lambda job, options: fig9(job, options.pdf), SceneJob, parser, arguments)


if __name__ == "__main__":
    main()
