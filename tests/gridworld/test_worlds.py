"""Maps as text, what they are made into, and what a bad one is answered with."""

from pathlib import Path

import pytest
import torch

from kmyriad.gridworld import ACTIONS, WORLDS, parse, world

LEFT, DOWN, RIGHT, UP = range(4)


def test_actions_and_worlds() -> None:
    assert ACTIONS == ("left", "down", "right", "up")
    assert WORLDS == ("room-det", "room-stoc", "maze-det", "maze-stoc")


@pytest.mark.parametrize(("name", "shape", "start", "horizon"), [("room", (5, 11), 27, 7), ("maze", (10, 10), 56, 10)])
@pytest.mark.parametrize(("kind", "slip"), [("det", 0.0), ("stoc", 0.2)])
def test_the_worlds_of_the_paper(name: str, shape: tuple[int, int], start: int, horizon: int, kind: str, slip: float) -> None:
    made = world(f"{name}-{kind}")
    assert (len(made.rows), made.columns) == shape
    assert made.states == shape[0] * shape[1]
    assert len(made.free) == 43  # Appendix B
    assert (made.start, made.horizon, made.slip) == (start, horizon, slip)


@pytest.mark.parametrize("name", WORLDS)
def test_next_states_are_distributions_over_free_cells(name: str) -> None:
    made = world(name)
    torch.testing.assert_close(made.transitions.sum(-1), torch.ones(made.states, 4, dtype=torch.float64), rtol=0, atol=1e-15)
    walls = [state for state in range(made.states) if state not in made.free]
    assert (made.transitions[made.free][..., walls] == 0).all()


# From (row, column): what the four actions, left, down, right, up, lead to. Room: 11 r + c; Maze: 10 r + c.
@pytest.mark.parametrize(
    ("name", "state", "leads_to"),
    [
        ("room", 27, (26, 27, 28, 27)),  # the start, a corridor with walls above and below
        ("room", 0, (0, 11, 1, 0)),  # the corner at the top left: borders
        ("room", 14, (13, 25, 14, 3)),  # (1, 3), with a wall on its right
        ("room", 54, (53, 54, 54, 43)),  # the corner at the bottom right
        ("maze", 56, (55, 56, 57, 56)),
        ("maze", 53, (52, 63, 54, 43)),  # (5, 3), the crossing
        ("maze", 41, (40, 51, 41, 31)),  # (4, 1), with a wall on its right
        ("maze", 50, (50, 60, 51, 40)),  # at the left border
    ],
)
def test_moves_by_hand(name: str, state: int, leads_to: tuple[int, ...]) -> None:
    certain = world(f"{name}-det")
    assert tuple(certain.moves[state].tolist()) == leads_to
    for action, to in enumerate(leads_to):
        assert certain.transitions[state, action].nonzero().flatten().tolist() == [to]


@pytest.mark.parametrize(
    ("state", "action", "chances"),
    [
        (27, LEFT, {26: 0.8, 28: 0.2 / 3, 27: 0.4 / 3}),  # down and up both stay
        (27, UP, {26: 0.2 / 3, 28: 0.2 / 3, 27: 0.8 + 0.2 / 3}),
        (0, RIGHT, {1: 0.8, 11: 0.2 / 3, 0: 0.4 / 3}),
        (0, UP, {0: 0.8 + 0.2 / 3, 1: 0.2 / 3, 11: 0.2 / 3}),
        (12, DOWN, {23: 0.8, 11: 0.2 / 3, 13: 0.2 / 3, 1: 0.2 / 3}),  # nothing in the way
    ],
)
def test_slips_by_hand(state: int, action: int, chances: dict[int, float]) -> None:
    row = world("room-stoc").transitions[state, action]
    assert {to: row[to].item() for to in row.nonzero().flatten().tolist()} == pytest.approx(chances, abs=1e-15)


def test_slip_and_horizon_can_be_set() -> None:
    made = world("room-det", slip=0.3, horizon=12)
    assert made.horizon == 12
    assert made.transitions[27, LEFT, 26].item() == pytest.approx(0.7)
    assert world("room-stoc", slip=0.0).transitions[27, LEFT, 26].item() == 1


def test_a_map_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "corner.txt"
    path.write_text("SF\n-F\n")
    made = world(f"map:{path}")
    assert (made.name, made.rows, made.slip) == (f"map:{path}", ("SF", "-F"), 0.0)
    assert made.horizon == 2  # right, down
    assert made.free.tolist() == [0, 1, 3]
    assert made.moves[1].tolist() == [0, 3, 1, 1]
    assert world(f"map:{path}", slip=0.1).slip == 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FF\nFF", "x: the map has 0 starts: mark one cell with S"),
        ("", "x: the map has 0 starts: mark one cell with S"),
        ("SF\nFS", "x: the map has 2 starts: mark one cell with S"),
        ("SFF\nFF", "x: row 1 has 2 cells, row 0 has 3: fill it up with '-'"),
        ("SF\nFG", "x: row 1 has 'G': '-' is a wall, F is free, S is the start"),
        ("S-F", "x: row 0, column 2 can't be reached from the start: open a way or make it '-'"),
        ("S", "x: horizon = 0: a trajectory needs at least 1 action"),
    ],
)
def test_bad_maps(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse("x", text)
    assert str(caught.value) == message


@pytest.mark.parametrize("slip", [1.5, -0.1, float("nan")])
def test_bad_slip(slip: float) -> None:
    with pytest.raises(ValueError) as caught:
        world("room-stoc", slip=slip)
    assert str(caught.value) == f"room-stoc: slip = {slip} is no probability: it must be in [0, 1]"


def test_bad_horizon() -> None:
    with pytest.raises(ValueError, match=r"^room-det: horizon = 0: a trajectory needs at least 1 action$"):
        world("room-det", horizon=0)


def test_unknown_world() -> None:
    with pytest.raises(ValueError) as caught:
        world("rom-det")
    choices = "maze-det, maze-stoc, room-det, room-stoc"
    assert str(caught.value) == f"unknown world 'rom-det'; did you mean 'room-det'? (choices: {choices})"


def test_missing_map() -> None:
    with pytest.raises(ValueError, match=r"^map:no/such\.txt: there is no file no/such\.txt$"):
        world("map:no/such.txt")
