"""The walls of a random maze on a rectangle, as boxes: cells, passages between them, and the runs of wall that remain."""

from itertools import groupby

import numpy as np

CELLS = (11, 7)
"""Cells along x and y. Odd, so that the middle cell lies on the origin."""
THICKNESS = 0.5
"""Metres. A limb at 15 m/s enters 0.25 m in one physics step and must be pushed back out of the side it came from."""
EXTRA_PASSAGES = 0.2
"""Share of the walls left by the spanning tree that are removed, so that most places have more than one way in."""

Cell = tuple[int, int]
Passage = tuple[Cell, Cell]


def draw_passages(rng: np.random.Generator) -> set[Passage]:
    """Return the open sides: pairs of neighbouring cells, the lower first.

    A random spanning tree over all cells but the middle one, then some more passages, then three or four out of the middle
    cell. As the tree leaves the middle cell out, each way out of it leads to every other cell.
    """
    sides = _inner_sides()
    middle = (CELLS[0] // 2, CELLS[1] // 2)
    of_middle = [side for side in sides if middle in side]
    others = [side for side in sides if middle not in side]
    tree, closed = _spanning_tree([others[i] for i in rng.permutation(len(others))])
    extra = closed[: round(EXTRA_PASSAGES * len(closed))]
    exits = [of_middle[i] for i in rng.permutation(4)[: rng.integers(3, 5)]]
    return {*tree, *extra, *exits}


def wall_boxes(passages: set[Passage], size: tuple[float, float]) -> np.ndarray:
    """Return centre x, y and half-size x, y [n, 4] in metres of the walls on a `size` rectangle around the origin.

    Collinear neighbouring walls are one box: fewer boxes make the physics faster and leave no seam for a foot to catch on.
    """
    spacing = [(length - THICKNESS) / count for length, count in zip(size, CELLS, strict=True)]
    across_x = np.ones((CELLS[0] + 1, CELLS[1]), dtype=bool)
    across_y = np.ones((CELLS[1] + 1, CELLS[0]), dtype=bool)
    for low, high in passages:
        if low[0] < high[0]:
            across_x[high[0], high[1]] = False
        else:
            across_y[high[1], high[0]] = False
    along_y = _merge_runs(across_x, spacing[0], spacing[1])
    along_x = _merge_runs(across_y, spacing[1], spacing[0])
    return np.concatenate([along_y, along_x[:, [1, 0, 3, 2]]])


def _inner_sides() -> list[Passage]:
    columns, rows = CELLS
    to_right = [((i, j), (i + 1, j)) for i in range(columns - 1) for j in range(rows)]
    upwards = [((i, j), (i, j + 1)) for i in range(columns) for j in range(rows - 1)]
    return to_right + upwards


def _spanning_tree(sides: list[Passage]) -> tuple[list[Passage], list[Passage]]:
    """Split `sides` in Kruskal's way, in the order given: those that join two components, and the rest."""
    component = {cell: cell for side in sides for cell in side}
    tree: list[Passage] = []
    rest: list[Passage] = []
    for side in sides:
        low, high = component[side[0]], component[side[1]]
        (rest if low == high else tree).append(side)
        component = {cell: low if root == high else root for cell, root in component.items()}
    return tree, rest


def _merge_runs(present: np.ndarray, across: float, along: float) -> np.ndarray:
    """Return [n, 4]: centre across and along, half-size across and along, of the runs in `present` [lines, segments]."""
    boxes = []
    for line, segments in enumerate(present):
        position = (line - (len(present) - 1) / 2) * across
        for is_wall, run in groupby(range(len(segments)), key=lambda i: bool(segments[i])):
            indices = list(run)
            if is_wall:
                centre = ((indices[0] + indices[-1] + 1) / 2 - len(segments) / 2) * along
                # Half a thickness beyond both ends closes the corners.
                boxes.append((position, centre, THICKNESS / 2, len(indices) * along / 2 + THICKNESS / 2))
    return np.array(boxes)
