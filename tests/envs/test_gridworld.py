"""The point on a grid world's map: moves of known outcome, and the grid's own distances."""

import pytest
import torch

from kmyriad.envs import check, make
from kmyriad.envs.gridworld import GridworldPoint, states_of
from kmyriad.gridworld import WORLDS, parse, world

CORRIDOR = parse("corridor", "F-F\nFSF")
"""The start's left and right are free, above it is a wall, below it the border."""


def after(*moves: tuple[float, float], point: GridworldPoint | None = None) -> list[float]:
    """x and y after `moves` in the corridor."""
    env = point or GridworldPoint(1, CORRIDOR)
    for move in moves:
        obs, _, _ = env.step(torch.tensor([move]))
    return [round(value, 5) for value in obs[0].tolist()]


@pytest.mark.parametrize("name", WORLDS)
def test_conforms(name: str) -> None:
    check(make(f"gridworld:{name}", 3))


@pytest.mark.parametrize(
    ("moves", "place"),
    [
        ([(0.25, 0.0)], [0.25, 0.0]),
        # A part of a move that ends in a wall or beyond the border is not carried out, the other part is.
        ([(0.3, 0.6)], [0.3, 0.0]),
        ([(0.3, -0.6)], [0.3, 0.0]),
        # Within the start cell, which reaches 0.5 m up, there is room.
        ([(0.3, 0.4)], [0.3, 0.4]),
        # To the right and up there is a free cell, to the right of it the border.
        ([(1.0, 0.0), (0.0, 1.0)], [1.0, 1.0]),
        ([(1.0, 0.0), (1.0, 0.0)], [1.0, 0.0]),
        ([(-1.0, 0.0), (-0.4, 0.6)], [-1.4, 0.6]),
    ],
)
def test_moves(moves: list[tuple[float, float]], place: list[float]) -> None:
    assert after(*moves) == place


def test_moves_longer_than_1_by_the_1_norm_are_shortened() -> None:
    assert after((0.9, 0.3)) == [0.75, 0.25]


def test_the_farthest_cells_are_as_far_as_on_the_grid() -> None:
    # Room's corner (0, 0) is 7 actions from (2, 5): five to the left, two up.
    env = make("gridworld:room-det", 1)
    left, up = torch.tensor([[-1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    obs = [env.step(action)[0] for action in (left, left, left, left, left, up, up)][-1]
    assert states_of(world("room-det"), obs).tolist() == [0]
    assert obs.tolist() == [[-5.0, 2.0]]


def test_points_never_enter_walls() -> None:
    env, maze = make("gridworld:maze-stoc", 500, seed=1), world("maze-stoc")
    generator = torch.Generator().manual_seed(0)
    for _ in range(30):
        obs, _, info = env.step(2 * torch.rand(500, 2, generator=generator) - 1)
        assert set(states_of(maze, obs).tolist()) <= set(maze.free.tolist())
    assert not info["frozen"].any()


def test_slips_have_the_world_s_probability() -> None:
    plain = parse("plain", "FFF\nFSF\nFFF", slip=0.3)
    env = GridworldPoint(20_000, plain, seed=4)
    obs, _, _ = env.step(torch.tensor([[0.5, 0.0]]).repeat(20_000, 1))
    # Right 0.7; up, left and down 0.1 each, with standard error 0.003.
    for place, share in (((0.5, 0.0), 0.7), ((0.0, 0.5), 0.1), ((-0.5, 0.0), 0.1), ((0.0, -0.5), 0.1)):
        found = (obs == torch.tensor(place)).all(1).double().mean().item()
        assert found == pytest.approx(share, abs=0.013)


def test_a_seed_fixes_the_slips() -> None:
    def run(seed: int) -> torch.Tensor:
        env = make("gridworld:room-stoc", 50)
        env.reset(seed)
        return [env.step(torch.tensor([[0.3, 0.2]]).repeat(50, 1))[0] for _ in range(5)][-1]

    assert torch.equal(run(3), run(3))
    assert not torch.equal(run(3), run(4))


def test_goal() -> None:
    env = GridworldPoint(1, CORRIDOR, goal=(1.0, 0.0))
    assert [env.step(torch.tensor([[0.4, 0.0]]))[1].item() for _ in range(2)] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("gridworld:roam-det", {}, "did you mean 'room-det'"),
        ("gridworld:room-det", {"goal": (0.0, 1.0)}, "goal (0.0, 1.0) lies in a wall of room-det"),
        ("gridworld:room-det", {"goal": (9.0, 0.0)}, "or outside"),
        ("gridworld:room-det", {"slip": 2.0}, "slip = 2.0 is no probability"),
        ("gridworld:map:nowhere.txt", {}, "there is no file nowhere.txt"),
    ],
)
def test_errors(name: str, settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match="^[^\n]*$") as error:
        make(name, 1, **settings)
    assert words in str(error.value)
