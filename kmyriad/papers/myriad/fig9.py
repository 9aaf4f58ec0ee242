"""Fig. 9: the terrains as the simulator has them, each with the ant at its start."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kmyriad.envs.ant.model import start_position
from kmyriad.envs.ant.scene import CUT, build_scene
from kmyriad.envs.ant.terrains import WALL_HEIGHT, Terrain
from kmyriad.envs.opengl import check_opengl
from kmyriad.figures.camera import Camera
from kmyriad.figures.draw import panel_title
from kmyriad.figures.render import open_renderer
from kmyriad.jobs.environments import look_at
from kmyriad.jobs.files import StageError
from kmyriad.jobs.pictures import drawing_stage
from kmyriad.settings import EnvironmentSettings, SceneJob

SIZE, CLOSE_UP_SIZE = (960, 640), (360, 240)
"""Width and height of the pictures in pixels."""
CLOSE_UP = 2.0
"""Metres on each side of the start that a close-up shows."""
HEADROOM = 5.0
"""Metres above the terrain that stay free for the close-up."""
ANT = (0.85, 0.33, 0.10)
_AZIMUTH, _ELEVATION = 105.0, -42.0
# Left, lower edge, width and height of a close-up as shares of its panel, which has the same proportions.
_CORNER = (0.68, 0.68, 0.32, 0.32)
_FRAME = "0.25"


def summarise(terrains: dict[str, Terrain]) -> pd.DataFrame:
    """Return what is drawn as numbers: a row a terrain; heights and the extent of all boxes along x and y in metres."""
    return pd.DataFrame([{"environment": label, **_measure(terrain)} for label, terrain in terrains.items()])


def draw(terrains: dict[str, Terrain], note: str) -> Figure:
    """Return the figure: a panel a terrain (keys are labels), two a row, with a close-up of the ant where there are boxes."""
    columns = min(2, len(terrains))
    rows = -(-len(terrains) // columns)
    size = (3.6 * columns, 2.65 * rows + 0.25)
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (label, terrain) in zip(grid.flat, terrains.items(), strict=False):
        axes.set_title(f"{panel_title(label)}: {_describe(terrain)}")
        _show(axes, take_picture(terrain, _corners(terrain), SIZE))
        if len(terrain.centres):
            _show(axes.inset_axes(_CORNER), take_picture(terrain, _around_start(), CLOSE_UP_SIZE))
    figure.supxlabel(note, fontsize=6.5, color="0.35")
    return figure


def take_picture(terrain: Terrain, points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture [height, width, 3], uint8, of the ant at its start that shows all `points` [n, 3] in metres."""
    camera = Camera.around(points, _AZIMUTH, _ELEVATION, size)
    radius = np.linalg.norm(points - camera.target, axis=1).max()
    with open_renderer(build_scene(terrain, size, camera.target, radius).compile()) as renderer:
        state = np.zeros((1, 1 + renderer.model.nq + renderer.model.nv))
        state[0, 1 : 1 + renderer.model.nq] = start_position()
        return renderer.draw(camera, state, np.array([ANT]))


def _measure(terrain: Terrain) -> dict[str, float]:
    tops = terrain.centres[:, 2] + terrain.half_sizes[:, 2]
    low, high = terrain.centres - terrain.half_sizes, terrain.centres + terrain.half_sizes
    extent = high.max(axis=0) - low.min(axis=0) if len(tops) else [np.nan] * 3
    return {
        "boxes": len(tops),
        "floor": terrain.floor,
        "lowest": tops.min(initial=terrain.floor),
        "highest": tops.max(initial=terrain.floor),
        "extent_x": extent[0],
        "extent_y": extent[1],
    }


def _describe(terrain: Terrain) -> str:
    measures = _measure(terrain)
    if not measures["boxes"]:
        return "a plane"
    cut = f" (drawn up to {CUT:g} m)" if measures["highest"] >= WALL_HEIGHT else ""
    return f"{measures['boxes']} boxes, {measures['lowest']:.2g} to {measures['highest']:.2g} m{cut}"


def _corners(terrain: Terrain) -> np.ndarray:
    """Return the corners of all boxes as far as they are drawn, with room above, or, without any, those of a close-up."""
    if not len(terrain.centres):
        return _around_start()
    low, high = terrain.centres - terrain.half_sizes, terrain.centres + terrain.half_sizes
    z = terrain.floor, min(high[:, 2].max(), CUT) + HEADROOM
    return _box((low[:, 0].min(), high[:, 0].max()), (low[:, 1].min(), high[:, 1].max()), z)


def _around_start() -> np.ndarray:
    return _box((-CLOSE_UP, CLOSE_UP), (-CLOSE_UP, CLOSE_UP), (0.0, 0.5))


def _box(*sides: tuple[float, float]) -> np.ndarray:
    return np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 3)


def _show(axes: Axes, picture: np.ndarray) -> None:
    axes.imshow(picture, interpolation="antialiased")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=_FRAME, linewidth=0.8)


def fig9(job: SceneJob) -> tuple[Figure, pd.DataFrame]:
    """Draw the ants' terrains of `job.environments`."""
    check_opengl()
    terrains = {environment.label: terrain_of(environment) for environment in job.environments}
    return draw(terrains, job.note), summarise(terrains)


def terrain_of(environment: EnvironmentSettings) -> Terrain:
    """Return the terrain of an ant's `environment`; StageError if it is not an ant's, ValueError if there is no such one."""
    if not environment.is_ant:
        raise StageError(f"only ants have a terrain to draw, not {environment.name!r}: leave it out")
    terrain: Terrain = getattr(look_at(environment), "terrain")  # noqa: B009, not part of the protocol
    return terrain


main = drawing_stage(fig9, None, SceneJob)

if __name__ == "__main__":
    main()
