"""Objectives by name, or from a module of one's own."""

from collections.abc import Callable

import pytest
import torch

from kmyriad.estimators import entropy_and_credit, entropy_and_log_volumes, knn_entropy
from kmyriad.pretrain import Pretraining
from kmyriad.pretrain.objectives import finite_trials, load_objective, own_log_volumes
from kmyriad.settings import PretrainSettings
from tests.pretrain.plane import Plane


def test_entropy_is_the_papers_objective() -> None:
    particles = torch.randn(6, 5, 2, generator=torch.Generator().manual_seed(0))
    value, factor = load_objective("entropy")(particles, 3)
    assert load_objective("entropy") is entropy_and_credit
    torch.testing.assert_close(value, knn_entropy(particles.flatten(0, 1), 3))
    assert factor.shape == (6, 5)


def test_one_of_ones_own_is_imported_from_where_it_lives() -> None:
    assert load_objective("torch.linalg:norm") is torch.linalg.norm


def test_an_unknown_name() -> None:
    choices = "entropy, finite-trials, log-volume, own-log-volume"
    with pytest.raises(ValueError, match=rf"^unknown objective 'entopy'; did you mean 'entropy'\? \(choices: {choices}\)$"):
        load_objective("entopy")


def test_an_unknown_module_or_function() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        load_objective("no_such_module:objective")
    with pytest.raises(AttributeError, match="no_such_function"):
        load_objective("torch.linalg:no_such_function")


def particles(heads: int, trials: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(6, heads * trials, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_own_entropies_are_those_of_each_heads_trajectories() -> None:
    points = particles(3, 4)
    value, factor = own_log_volumes(points, 3, 3)
    for head in range(3):
        _, of_own = entropy_and_log_volumes(points[:, 4 * head : 4 * head + 4], 3)
        torch.testing.assert_close(factor[:, 4 * head : 4 * head + 4], of_own / 3)
    torch.testing.assert_close(value, torch.stack([knn_entropy(block.flatten(0, 1), 3) for block in points.chunk(3, 1)]).mean())
    moved = points.clone()
    moved[:, 4:] += 100  # where the others are makes no difference
    torch.testing.assert_close(own_log_volumes(moved, 3, 3)[1][:, :4], factor[:, :4])


def test_one_head_has_its_own_entropy() -> None:
    points = particles(1, 8)
    for found, expected in zip(own_log_volumes(points, 3, 1), entropy_and_log_volumes(points, 3), strict=True):
        torch.testing.assert_close(found, expected)


def test_a_trial_is_one_trajectory_of_each_head() -> None:
    points = particles(2, 3)
    value, factor = finite_trials(points, 3, 2)
    # Heads have environments 0 to 2 and 3 to 5: trial j is made of j and j + 3.
    entropy = torch.stack([knn_entropy(points[:, [trial, trial + 3]].flatten(0, 1), 3) for trial in range(3)])
    torch.testing.assert_close(value, entropy.mean())
    for trial in range(3):
        for environment in (trial, trial + 3):
            torch.testing.assert_close(factor[:, environment], ((entropy[trial] - entropy.mean()) / 3).expand(6))
    torch.testing.assert_close(factor.sum(), torch.zeros((), dtype=torch.float64), atol=1e-12, rtol=0)


@pytest.mark.parametrize("objective", [own_log_volumes, finite_trials])
def test_heads_that_do_not_divide(objective: Callable) -> None:
    with pytest.raises(ValueError, match=r"^4 heads do not divide 6 trajectories$"):
        objective(particles(2, 3), 3, 4)


@pytest.mark.parametrize("objective", ["own-log-volume", "finite-trials"])
def test_a_failed_simulation_leaves_as_many_to_each_head(objective: str) -> None:
    settings = PretrainSettings(envs=6, horizon=5, epochs=1, trunk=(4,), adapter=4, objective=objective, k=2)
    training = Pretraining(Plane(6), settings, 2, ["x", "y"], seed=0)
    training.rollouts.collect(training.policy, 0)
    trajectory = training.rollouts.trajectory
    trajectory.frozen[1] = True
    value, factor = training._credit(trajectory)
    sound = trajectory.particles(training.features)[:, [0, 2, 3, 4]]
    expected, credit = load_objective(objective)(sound, 2, 2)  # type: ignore[call-arg]
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(factor[:, [0, 2, 3, 4]], credit)
    assert not factor[:, [1, 5]].any()
