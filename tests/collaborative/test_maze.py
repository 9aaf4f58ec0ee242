"""The maze's geometry, its goals, and its episodes."""

import numpy as np
import pytest
import torch

from kmyriad.collaborative.tasks.by_name import make_pool
from kmyriad.collaborative.tasks.maze import HORIZON, ROWS, Maze, cells, centre, goal_of, move

RIGHT, UP, STAY = (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)


def seed_of(place: int, episode: int) -> int:
    return 1000 * place + episode


def walk(position: np.ndarray, action: tuple[float, float], steps: int) -> np.ndarray:
    for _ in range(steps):
        position = move(position, np.array([action]))
    return position


def test_cells_and_centres() -> None:
    for row, line in enumerate(ROWS):
        for column in range(len(line)):
            assert tuple(int(index) for index in cells(centre(row, column))) == (row, column)
    # The start is at the left in the middle row, the goals at the right, above and below; the map is its own mirror image.
    assert centre(4, 1).tolist() == [-3, 0]
    assert [int(goal_of(centre(row, 7))) for row in (1, 7, 4)] == [0, 1, -1]
    assert list(ROWS) == list(reversed(ROWS))


def test_walls_stop_and_points_slide_along_them() -> None:
    start = centre(1, 3)[None]
    assert tuple(cells(walk(start, RIGHT, 10))) == (1, 3)  # the wall of column 4
    up = walk(centre(3, 1)[None], (1.0, 1.0), 20)
    assert tuple(int(index) for index in (cells(up)[0][0], cells(up)[1][0])) == (1, 3)  # the upper right corner of the first room
    assert 0.3 < float(up[0, 0]) + 1.0 < 0.5 and float(up[0, 1]) > 3.3


def test_a_step_is_half_a_cell() -> None:
    assert move(centre(4, 1)[None], np.array([RIGHT])).tolist() == [[pytest.approx(-2.5), 0.0]]


def test_nothing_enters_a_wall() -> None:
    random, position = np.random.default_rng(0), np.repeat(centre(4, 1)[None], 200, 0)
    visited = set()
    for _ in range(300):
        position = move(position, random.uniform(-1, 1, (200, 2)))
        visited |= set(zip(*(index.tolist() for index in cells(position)), strict=True))
    assert all(ROWS[row][column] != "#" for row, column in visited)
    assert len(visited) > 25


@pytest.mark.parametrize(("vertical", "goal"), [(1.0, 0), (-1.0, 1)])
def test_the_way_to_each_goal(vertical: float, goal: int) -> None:
    maze = Maze(1)
    maze.reset(seed_of)
    route = [RIGHT] * 8 + [(0.0, vertical)] * 6 + [RIGHT] * 4
    steps = []
    for action in route:
        steps.append(maze.step(torch.tensor([action])))
        if steps[-1].ended:
            break
    assert [float(step.reward) for step in steps] == [0.0] * (len(steps) - 1) + [1.0]
    assert int(goal_of(steps[-1].next_obs.numpy()[0] * 4)) == goal
    assert float(steps[-1].mask) == 0 and float(steps[-2].mask) == 1
    # The next episode starts by itself.
    assert torch.allclose(steps[-1].obs * 4, torch.tensor([[-3.0, 0.0]]), atol=0.1)


def test_a_time_limit_is_no_termination() -> None:
    maze = Maze(2)
    maze.reset(seed_of)
    steps = [maze.step(torch.tensor([STAY, STAY])) for _ in range(HORIZON + 1)]
    assert [int(step.ended.sum()) for step in steps] == [0] * (HORIZON - 1) + [2, 0]
    assert all(step.mask.tolist() == [1, 1] for step in steps)
    assert not torch.equal(steps[-2].obs, steps[-2].next_obs)


def test_episodes_follow_their_seeds_and_saved_states_go_on() -> None:
    actions = 2 * torch.rand(200, 3, 2, generator=torch.Generator().manual_seed(0)) - 1
    first, second = Maze(3), make_pool("maze", 3)
    assert torch.equal(first.reset(seed_of), second.reset(seed_of))
    for action in actions[:100]:
        assert all(torch.equal(*pair) for pair in zip(first.step(action), second.step(action), strict=True))
    third = Maze(3)
    third.load_state_dict(first.state_dict(), seed_of)
    for action in actions[100:]:
        assert all(torch.equal(*pair) for pair in zip(first.step(action), third.step(action), strict=True))
    assert not torch.equal(Maze(3).reset(seed_of), Maze(3).reset(lambda place, episode: place + 7))
