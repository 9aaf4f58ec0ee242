"""Grid worlds as text maps, with their transition tables ('-' wall, F free, S start).

States are obs = row * columns + column, walls included, which nobody ever visits. Walking into a wall or over the border means
staying. Room and Maze are those of De Paola et al., 2025 (ICML, PMLR 267), Appendix B.
"""

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch

from kmyriad.names import choose

ACTIONS = ("left", "down", "right", "up")
_STEPS = ((0, -1), (1, 0), (0, 1), (-1, 0))
"""(rows, columns) that an action moves by, in the order of ACTIONS."""
_SLIP = 0.2
"""Probability that a stochastic world replaces the action by one of the three others, each as likely."""
_MAPS = {
    "room": """
        FFFF---FFFF
        FFFF---FFFF
        FFFFFSFFFFF
        FFFF---FFFF
        FFFF---FFFF""",
    "maze": """
        -FFF------
        -FFF------
        ---F---FFF
        FF-F-----F
        FF-F-----F
        FFFFFFSFFF
        FF-F-----F
        ---F-----F
        -FFF---FFF
        -FFF------""",
}
WORLDS = tuple(f"{name}-{kind}" for name in _MAPS for kind in ("det", "stoc"))


@dataclass(frozen=True, eq=False)  # tensors have no truth value, so worlds are the same only if they are one
class World:
    """A grid world without goal or termination; see `parse` for the checks."""

    name: str
    rows: tuple[str, ...]
    slip: float
    """Probability that another action than the intended one is carried out."""
    horizon: int
    """Actions of a trajectory, which has one state more."""
    moves: torch.Tensor = field(repr=False)
    """[states, 4]: where each action leads if it is carried out, int64."""

    @property
    def columns(self) -> int:
        """Width of the map."""
        return len(self.rows[0])

    @property
    def states(self) -> int:
        """Number of cells of the map, walls included."""
        return len(self.rows) * self.columns

    @property
    def start(self) -> int:
        """State in which each trajectory starts."""
        return "".join(self.rows).index("S")

    @cached_property
    def free(self) -> torch.Tensor:
        """[n]: the states that are no walls."""
        return torch.tensor([state for state, letter in enumerate("".join(self.rows)) if letter != "-"])

    @cached_property
    def transitions(self) -> torch.Tensor:
        """[states, 4, states]: probability of the next state, float64."""
        carried_out = torch.full((4, 4), self.slip / 3, dtype=torch.float64).fill_diagonal_(1 - self.slip)
        certain = torch.nn.functional.one_hot(self.moves, self.states).double()
        return torch.einsum("ai,sin->san", carried_out, certain)


def world(name: str, slip: float | None = None, horizon: int | None = None) -> World:
    """Return room-det, room-stoc, maze-det, maze-stoc, or the map in a text file as `map:<path>`.

    `slip` is 0 in det worlds and maps and 0.2 in stoc worlds, `horizon` the number of actions to the cell farthest from the
    start, unless they are given. For Room and Maze these are the 7 and 10 of the paper.

    Raises:
        ValueError: unknown name, no such file, or one of the errors of `parse`.
    """
    if name.startswith("map:"):
        path = Path(name.removeprefix("map:"))
        if not path.is_file():
            raise ValueError(f"{name}: there is no file {path}")
        return parse(name, path.read_text(), 0.0 if slip is None else slip, horizon)
    base, _, kind = choose(name, WORLDS, "world").partition("-")
    usual = _SLIP if kind == "stoc" else 0.0
    return parse(name, _MAPS[base], usual if slip is None else slip, horizon)


def parse(name: str, text: str, slip: float = 0.0, horizon: int | None = None) -> World:
    """Return the world that `text` draws.

    Raises:
        ValueError: another letter, ragged rows, no start or several, cells that can't be reached, slip outside [0, 1],
            horizon below 1.
    """
    rows = tuple(line.strip() for line in text.strip().splitlines())
    _check_rows(name, rows)
    if not 0 <= slip <= 1:
        raise ValueError(f"{name}: slip = {slip} is no probability: it must be in [0, 1]")
    moves = _moves(rows)
    distances = _distances(moves, "".join(rows).index("S"))
    walled_off = [i for i, letter in enumerate("".join(rows)) if letter == "F" and i not in distances]
    if walled_off:
        row, column = divmod(walled_off[0], len(rows[0]))
        raise ValueError(f"{name}: row {row}, column {column} can't be reached from the start: open a way or make it '-'")
    horizon = max(distances.values()) if horizon is None else horizon
    if horizon < 1:
        raise ValueError(f"{name}: horizon = {horizon}: a trajectory needs at least 1 action")
    return World(name, rows, slip, horizon, moves)


def _check_rows(name: str, rows: tuple[str, ...]) -> None:
    starts = "".join(rows).count("S")
    if starts != 1:
        raise ValueError(f"{name}: the map has {starts} starts: mark one cell with S")
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(f"{name}: row {index} has {len(row)} cells, row 0 has {len(rows[0])}: fill it up with '-'")
        if unknown := set(row) - set("-FS"):
            raise ValueError(f"{name}: row {index} has {sorted(unknown)[0]!r}: '-' is a wall, F is free, S is the start")


def _moves(rows: tuple[str, ...]) -> torch.Tensor:
    columns = len(rows[0])
    moves = torch.arange(len(rows) * columns)[:, None].repeat(1, len(ACTIONS))
    for row, line in enumerate(rows):
        for column in range(columns):
            for action, (down, right) in enumerate(_STEPS):
                y, x = row + down, column + right
                if line[column] != "-" and 0 <= y < len(rows) and 0 <= x < columns and rows[y][x] != "-":
                    moves[row * columns + column, action] = y * columns + x
    return moves


def _distances(moves: torch.Tensor, start: int) -> dict[int, int]:
    """Return the least number of actions to each state that can be reached."""
    found, queue = {start: 0}, deque([start])
    while queue:
        state = queue.popleft()
        for successor in moves[state].tolist():
            if successor not in found:
                found[successor] = found[state] + 1
                queue.append(successor)
    return found
