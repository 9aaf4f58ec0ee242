"""The common measures on visits made by hand."""

import math

import pytest
import torch

from kmyriad.estimators import knn_entropy
from kmyriad.rollout import Trajectory
from kmyriad.side_by_side.measures import measure, visit_counts, visited


def trajectory(points: torch.Tensor) -> Trajectory:
    """The trajectory that visits `points` [T, m, 2] from (0, 0)."""
    steps, envs, _ = points.shape
    obs = torch.cat([torch.zeros(1, envs, 2), points])
    return Trajectory(obs, torch.zeros(steps, envs, 1), torch.zeros(steps, envs), torch.zeros(envs, dtype=torch.bool))


def spread(agents: int, envs: int, apart: float, steps: int = 40) -> Trajectory:
    """Agents whose states are uniform in squares of 2 m, `apart` metres from one to the next."""
    generator = torch.Generator().manual_seed(0)
    points = 2 * torch.rand(steps, agents * envs, 2, generator=generator) - 1
    return trajectory(points + apart * torch.arange(agents).repeat_interleave(envs)[:, None] * torch.tensor([1.0, 0.0]))


def test_squares_far_apart_add_up() -> None:
    # Uniform on 4 m^2: log 4 each. Two of them that do not overlap: log 8, a divergence of log 2.
    found = measure(spread(2, 100, 10.0), 2, [0, 1], 5, 100, 1.0)
    assert found.individual == pytest.approx(math.log(4), abs=0.05)
    assert found.entropy == pytest.approx(math.log(8), abs=0.05)
    assert found.divergence == pytest.approx(math.log(2), abs=0.05)
    assert found.redundancy == 0


def test_agents_in_the_same_square_add_nothing() -> None:
    found = measure(spread(2, 100, 0.0), 2, [0, 1], 5, 100, 1.0)
    assert found.divergence == pytest.approx(0, abs=0.05)
    assert found.cells == 9 and found.redundancy == 0.5  # 1 - 9 / (9 + 9)


def test_the_decomposition_adds_up() -> None:
    found = measure(spread(4, 24, 1.0), 4, [0, 1], 5, 24, 1.0)
    assert found.individual is not None and found.divergence is not None
    assert found.individual + found.divergence == pytest.approx(found.entropy, abs=1e-12)


def test_both_sides_have_as_many_trajectories() -> None:
    seen = spread(2, 10, 3.0)
    found, points = measure(seen, 2, [0, 1], 5, 10, 1.0), seen.particles([0, 1])
    mixture = torch.cat([points[:, :5], points[:, 10:15]], 1)  # five of each agent
    assert found.entropy == pytest.approx(float(knn_entropy(mixture.flatten(0, 1), 5)), abs=1e-6)
    own = [float(knn_entropy(points[:, first : first + 10].flatten(0, 1), 5)) for first in (0, 10)]
    assert found.individual == pytest.approx(sum(own) / 2, abs=1e-6)


def test_mean_actions_count_once_an_agent() -> None:
    seen = spread(2, 10, 3.0)
    found = measure(seen, 2, [0, 1], 5, 10, 1.0, deterministic=True)
    mixture = seen.particles([0, 1])[:, [0, 10]]
    assert found.entropy == pytest.approx(float(knn_entropy(mixture.flatten(0, 1), 5)), abs=1e-6)
    assert (found.acting, found.individual, found.divergence) == ("mean", None, None)


def test_those_who_stand_still_have_no_entropy() -> None:
    found = measure(trajectory(torch.zeros(10, 4, 2)), 2, [0, 1], 5, 2, 1.0)
    assert math.isnan(found.entropy) and found.cells == 1 and found.distance == 0


def test_distance_is_from_the_first_state_to_the_last() -> None:
    points = torch.tensor([[[1.0, 0.0], [0.0, 7.0]], [[3.0, 4.0], [0.0, 1.0]]])  # T = 2, two agents: 5 m and 1 m
    assert measure(trajectory(points), 2, [0, 1], 1, 1, 1.0).distance == 3


def test_those_who_go_to_and_fro_have_no_entropy() -> None:
    points = torch.tensor([0.0, 1.0])[:, None, None].expand(2, 4, 2).repeat(10, 1, 1)
    assert math.isnan(measure(trajectory(points), 2, [0, 1], 5, 2, 1.0).entropy)


def test_a_failed_simulation_is_left_out_of_every_agent() -> None:
    seen = spread(2, 3, 0.0)
    seen.frozen[1] = True
    found = measure(seen, 2, [0, 1], 5, 4, 1.0)
    assert found.frozen == 1
    points = seen.particles([0, 1])[:, [0, 2, 3, 4]]
    assert found.entropy == pytest.approx(float(knn_entropy(points.flatten(0, 1), 5)), abs=1e-6)


def test_the_start_is_the_centre_of_a_cell() -> None:
    assert visited(torch.tensor([[0.4, -0.4], [0.6, 0.0], [-0.4, 0.4]]), 1.0).tolist() == [[0, 0], [1, 0]]


def test_cells_lie_around_the_start() -> None:
    # From (0.5, 0.5), cells of 1 m reach from 0 to 1: (0.1, 0.9) is in the first, (1.2, 0.5) in the next.
    points = torch.tensor([[[0.1, 0.9]], [[1.2, 0.5]], [[0.9, 0.1]]])
    seen = trajectory(points)
    seen.obs[0] = 0.5
    assert measure(seen, 1, [0, 1], 1, 1, 1.0).cells == 2
    assert visit_counts(seen, 1, [0, 1], 1.0).to_numpy().tolist() == [[0, 0.5, 0.5, 2], [0, 1.5, 0.5, 1]]


def test_visits_are_counted_agent_by_agent() -> None:
    points = torch.tensor([[[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.1], [0.0, -2.0]]])
    table = visit_counts(trajectory(points), 2, [0, 1], 0.5)
    assert table.to_numpy().tolist() == [[0, 1.0, 0.0, 2], [1, 0.0, -2.0, 1], [1, 0.0, 0.0, 1]]
