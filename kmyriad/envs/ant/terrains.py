"""The four terrains of the paper's Fig. 9, from one plane and boxes.

The paper gives a picture of each (Fig. 9) and a sentence (Appendix A.1), no dimensions. Those below are ours, for three
reasons: the start at the origin is free and flat for every seed; an ant can master the steps; and the physics keeps its
speed, as a share of that on the plane, for 200 ants with random actions over 100 control steps:

| | maze | pyramid | cave |
|---|---|---|---|
| from the start | 0.83 | 0.82 | 0.84 |
| from places all over the rectangle | 0.75 | 0.73 | 0.75 |

It is the boxes near an ant that cost, less their total number. Boxes reach below the floor: a limb that has entered one is
pushed out of its nearest face, and that must never be the bottom.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kmyriad.envs.ant.maze_layout import draw_passages, wall_boxes

SIZE = (40.0, 24.0)
"""Metres along x and y, around the origin, that hold every box: the rectangle of the paper's heat maps."""
CLEARANCE = 1.4
"""Metres along x and y from the origin that stay flat: the legs reach 1.2 m."""
FOUNDATION = 1.0
"""Metres that boxes reach below the floor."""
WALL_HEIGHT = 6.0
"""Metres. The fastest ant that a search found makes 10.1 m/s, upwards 10.1^2 / (2 * 9.81) = 5.2 m: no jump gets over."""

PYRAMID_CELLS = (6, 4)
"""Pyramids along x and y, one in each cell of 6.7 x 6 m. Even, so that the start is where four of them meet."""
PYRAMID_LEVELS = (3, 5)
STEP_HEIGHT = (0.1, 0.2)
"""Metres. A search over open-loop gaits climbs 0.4-1.0 m in 50 s on endless stairs, of 0.08 m and of 0.25 m alike."""
PYRAMID_GAP = (0.2, 0.6)
"""Metres of flat ground between a pyramid and the edge of its cell."""
PLATFORM = 0.5
"""Metres from the middle of a pyramid to the edge of its top: room to stand."""

CAVE_DEPTH = 1.5
"""Metres of the floor below the start: mean steps of 0.15 m between tiles along x, 0.25 m along y."""
TILE_WIDTH = (2.0, 3.0)
ROUGHNESS = 0.1
"""Metres by which a tile may lie above or below the mean slope."""
PIT_SHARE, PIT_DEPTH = 0.15, (0.2, 0.4)
"""Share of the tiles that are pits, and metres that they lie below the slope."""


@dataclass(frozen=True)
class Terrain:
    """A plane at height `floor` (metres) and axis-aligned boxes: `centres` [n, 3] and `half_sizes` [n, 3], metres."""

    name: str
    floor: float
    centres: np.ndarray
    half_sizes: np.ndarray


def height(terrain: Terrain, xy: np.ndarray) -> np.ndarray:
    """Return the height [n] in metres of the ground's highest surface at the points `xy` [n, 2], edges of boxes included.

    Raises:
        ValueError: if `xy` is not [n, 2].
    """
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(f"xy must be [n, 2], got {list(xy.shape)}")
    tops = np.full(len(xy), terrain.floor)
    # One box at a time: a figure asks for 100,000 points, and all pairs at once would take 200 MB.
    for centre, half_size in zip(terrain.centres, terrain.half_sizes, strict=True):
        covered = (np.abs(xy - centre[:2]) <= half_size[:2]).all(axis=1)
        tops[covered] = np.maximum(tops[covered], centre[2] + half_size[2])
    return tops


def empty(seed: int = 0) -> Terrain:
    """Return the flat plane (Appendix A.1, "Empty"). It draws nothing: `seed` is there for the common signature."""
    del seed
    return Terrain("empty", 0.0, np.zeros((0, 3)), np.zeros((0, 3)))


def maze(seed: int = 0) -> Terrain:
    """Return a closed random maze of `seed` on the plane (Appendix A.1: "the Ant must navigate corridors and obstacles").

    11 x 7 cells with corridors 3.1 and 2.9 m wide: wider than the 2.4 m that an ant spans, so it can't brace itself between two
    walls and climb. Three or four ways lead out of the middle cell, each to every other cell. About 35 boxes.
    """
    walls = wall_boxes(draw_passages(np.random.default_rng(seed)), SIZE)
    return _raise_boxes("maze", 0.0, walls, np.full(len(walls), WALL_HEIGHT))


def pyramid(seed: int = 0) -> Terrain:
    """Return 24 stepped pyramids of `seed` (Appendix A.1: "irregular elevations and pyramid-like structures").

    Bases are 4-6 m wide, heights 0.3-1.0 m, treads 0.4-1.2 m. The four around the start begin 1.4 m from it, so that whatever
    the direction, stairs come soon. Open-loop gaits that a search found climb 0.65 and 0.74 m here (seeds 0 and 1). About 95
    boxes.
    """
    rng = np.random.default_rng(seed)
    stacks = [_stack_levels(*_draw_base(rng, np.array(cell)), rng) for cell in np.ndindex(PYRAMID_CELLS)]
    boxes, tops = (np.concatenate(parts) for parts in zip(*stacks, strict=True))
    return _raise_boxes("pyramid", 0.0, boxes, tops)


def cave(seed: int = 0) -> Terrain:
    """Return uneven tiles of `seed` that lead down from the start (Appendix A.1: "irregular cave structures", "lower surfaces").

    The slope is a cone: it loses CAVE_DEPTH between the start and the ellipse inscribed in the rectangle, where the floor
    continues as a plane. Tiles that would lie on the floor or below it are left out. The rim of a pit is lowest outwards, where
    the slope goes down. Open-loop gaits reach the floor within 50 s. About 100 boxes.
    """
    rng = np.random.default_rng(seed)
    (x, half_x), (y, half_y) = (_draw_tiles(rng, length / 2) for length in SIZE)
    boxes = np.stack([*np.meshgrid(x, y), *np.meshgrid(half_x, half_y)], axis=-1).reshape(-1, 4)
    distance = np.hypot(*(2 * boxes[:, :2] / SIZE).T)
    pits = np.where(rng.random(len(boxes)) < PIT_SHARE, rng.uniform(*PIT_DEPTH, len(boxes)), 0.0)
    tops = np.minimum(rng.uniform(-ROUGHNESS, ROUGHNESS, len(boxes)) - CAVE_DEPTH * distance - pits, 0.0)
    tops[distance == 0] = 0.0
    above = tops > -CAVE_DEPTH
    return _raise_boxes("cave", -CAVE_DEPTH, boxes[above], tops[above])


TERRAINS: dict[str, Callable[[int], Terrain]] = {
    "empty": empty,
    "maze": maze,
    "pyramid": pyramid,
    "cave": cave,
}
"""The terrains by name; each takes a seed. The environment of a terrain is `ant-<name>`: nothing else lists them."""


def _draw_base(rng: np.random.Generator, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and the upper corner [2] of the pyramid's base in `cell`, clear of the start."""
    width = np.array(SIZE) / PYRAMID_CELLS
    low_edge = (cell - np.array(PYRAMID_CELLS) / 2) * width
    low, high = low_edge + rng.uniform(*PYRAMID_GAP, 2), low_edge + width - rng.uniform(*PYRAMID_GAP, 2)
    if (np.abs(low_edge + width / 2) < width).all():
        low = np.where(low_edge < 0, low, np.maximum(low, CLEARANCE))
        high = np.where(low_edge < 0, np.minimum(high, -CLEARANCE), high)
    return low, high


def _stack_levels(low: np.ndarray, high: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return centre and half-size in x and y [n, 4] and top [n] of a pyramid's levels, each inside the one below."""
    level = np.arange(rng.integers(*PYRAMID_LEVELS, endpoint=True))
    half_size = (high - low) / 2
    tread = (half_size.min() - PLATFORM) / (len(level) - 1)
    centres = np.tile((low + high) / 2, (len(level), 1))
    boxes = np.column_stack([centres, half_size - tread * level[:, None]])
    return boxes, (level + 1) * rng.uniform(*STEP_HEIGHT)


def _draw_tiles(rng: np.random.Generator, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Return centres and half-sizes of the tiles along one axis: the start's in the middle, random widths up to `reach`."""
    count = round((reach - CLEARANCE) / np.mean(TILE_WIDTH))
    widths = rng.uniform(*TILE_WIDTH, (2, count))
    ends = CLEARANCE + np.cumsum(widths / widths.sum(axis=1, keepdims=True), axis=1) * (reach - CLEARANCE)
    cuts = np.concatenate([-ends[0, ::-1], [-CLEARANCE, CLEARANCE], ends[1]])
    return (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts) / 2


def _raise_boxes(name: str, floor: float, boxes: np.ndarray, tops: np.ndarray) -> Terrain:
    """Return the terrain of `boxes` (centre and half-size in x and y, [n, 4]) that reach up to `tops` [n]."""
    bottom = floor - FOUNDATION
    centres = np.column_stack([boxes[:, :2], (tops + bottom) / 2])
    half_sizes = np.column_stack([boxes[:, 2:], (tops - bottom) / 2])
    return Terrain(name, floor, centres, half_sizes)
