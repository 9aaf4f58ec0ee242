"""The K-Myriad loop on points in a plane: its gradient is that of eq. 4, it climbs, and it can be resumed."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from kmyriad.estimators import knn_entropy, weighted_knn_entropy
from kmyriad.policies.adam import Adam
from kmyriad.pretrain import Pretraining
from kmyriad.settings import PretrainSettings
from tests.pretrain.plane import ENVS, SECONDS, STEPS, Plane, same, snapshot

K = 3


def training(env: Plane | None = None, heads: int = 2, seed: int = 4, **changes) -> Pretraining:
    """A small run, unclipped and undecayed unless `changes` say otherwise."""
    settings = {"envs": ENVS, "horizon": STEPS, "k": K, "trunk": (8,), "adapter": 6, "max_grad_norm": 1e9}
    settings |= {"milestones": (), "learning_rate": {1: 0.01}, **changes}
    return Pretraining(env or Plane(), PretrainSettings(**settings), heads, ["x", "y"], seed)


def exact(frozen: tuple[int, ...] = (), heads: int = 2, **changes) -> Pretraining:
    """The same run in float64."""
    run = training(Plane(dtype=torch.float64, frozen=frozen), heads, **changes)
    run.update.optimiser = Adam(run.policy.double(), 0.01)
    single = run.rollouts.trajectory
    run.rollouts.trajectory = replace(single, obs=single.obs.double(), u=single.u.double())
    return run


def equation_four(run: Pretraining, log_ratio: torch.Tensor, alive: list[int]) -> torch.Tensor:
    """Entropy of the last epoch's particles, weighted with prod pi/beta of the actions that led to them."""
    weights = log_ratio[:, alive].cumsum(0).exp().flatten()
    points = run.rollouts.trajectory.obs[1:, alive, :2].flatten(0, 1)
    return weighted_knn_entropy(points, weights / weights.sum(), K)


def climbed_gradient(run: Pretraining) -> torch.Tensor:
    """The ascent direction that Adam was given in one epoch, flat; the policy is put back afterwards."""
    before = {name: value.clone() for name, value in run.policy.state_dict().items()}
    run.run_epoch()
    run.policy.load_state_dict(before)
    return torch.cat([-p.grad.flatten() for p in run.policy.parameters()])


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize("heads", [1, 2, 3])
@pytest.mark.parametrize("frozen", [(), (1, 4)])
def test_the_gradient_is_that_of_equation_four(heads: int, frozen: tuple[int, ...]) -> None:
    run = exact(frozen, heads)
    found = climbed_gradient(run)
    log_prob = run.policy.log_prob(run.rollouts.trajectory.obs[:-1], run.rollouts.trajectory.u)
    alive = [env for env in range(ENVS) if env not in frozen]
    entropy = equation_four(run, log_prob - log_prob.detach(), alive)
    expected = torch.autograd.grad(entropy, list(run.policy.parameters()))
    assert relative_error(found, torch.cat([g.flatten() for g in expected])) < 1e-9


def test_the_gradient_is_a_finite_difference() -> None:
    # Central differences over h = 1e-4 along random directions, of about 1e-5, err by some h^3.
    run, generator = exact(), torch.Generator().manual_seed(0)
    found = climbed_gradient(run)
    theta = torch.nn.utils.parameters_to_vector(run.policy.parameters()).detach()
    obs, u = run.rollouts.trajectory.obs[:-1], run.rollouts.trajectory.u
    behaviour = run.policy.log_prob(obs, u).detach()

    def entropy(at: torch.Tensor) -> float:
        torch.nn.utils.vector_to_parameters(at, run.policy.parameters())
        with torch.no_grad():
            return float(equation_four(run, run.policy.log_prob(obs, u) - behaviour, list(range(ENVS))))

    for _ in range(3):
        direction = torch.randn(len(theta), generator=generator, dtype=torch.float64)
        direction *= 1e-4 / direction.norm()
        difference = (entropy(theta + direction) - entropy(theta - direction)) / 2
        assert difference == pytest.approx(float(found @ direction), abs=1e-11)


@pytest.mark.parametrize("minibatch", [1, 7, 12, 1000])
def test_minibatches_do_not_change_the_gradient(minibatch: int) -> None:
    expected = climbed_gradient(exact())
    assert relative_error(climbed_gradient(exact(minibatch=minibatch)), expected) < 1e-12


def test_a_step_of_adam_goes_uphill() -> None:
    # Adam's first step is rate * g / (|g| + 1e-8), with the sign of the ascent.
    run = exact()
    before = torch.nn.utils.parameters_to_vector(run.policy.parameters()).detach()
    run.run_epoch()
    moved = torch.nn.utils.parameters_to_vector(run.policy.parameters()).detach() - before
    gradient = torch.cat([-p.grad.flatten() for p in run.policy.parameters()])
    torch.testing.assert_close(moved, 0.01 * gradient / (gradient.abs() + 1e-8), rtol=1e-6, atol=1e-12)


def test_long_gradients_are_clipped_and_reported_as_they_were() -> None:
    expected = climbed_gradient(exact())
    norm = expected.norm().item()
    assert relative_error(4 * climbed_gradient(exact(max_grad_norm=norm / 4)), expected) < 1e-5
    assert exact(max_grad_norm=norm / 4).run_epoch().grad_norm == pytest.approx(norm)


def test_a_head_with_frozen_environments_only_learns_nothing() -> None:
    # Two heads, six environments: the second head has 3, 4 and 5.
    run = exact(frozen=(3, 4, 5))
    climbed_gradient(run)
    for name in ("adapter_weight", "output_weight"):
        gradient = run.policy.get_parameter(name).grad
        assert gradient[0].any()
        assert not gradient[1].any()


def test_frozen_environments_count_but_add_nothing_to_the_entropy() -> None:
    run = training(Plane(frozen=(0, 5)))
    epoch = run.run_epoch()
    alive = run.rollouts.trajectory.obs[1:, 1:5, :2].flatten(0, 1)
    assert epoch.frozen_envs == 2
    assert epoch.entropy == pytest.approx(knn_entropy(alive, K).item(), rel=1e-6)


def test_metrics_of_an_epoch() -> None:
    # At a vanishing learning rate the policy afterwards is the one that acted. 6 environments, 5 steps.
    run = training(learning_rate={1: 1e-12})
    epochs = [run.run_epoch() for _ in range(3)]
    points = run.rollouts.trajectory.obs[1:, :, :2].flatten(0, 1)
    _, log_std = run.policy(run.rollouts.trajectory.obs[:-1])
    assert [(epoch.epoch, epoch.env_steps) for epoch in epochs] == [(0, 30), (1, 60), (2, 90)]
    assert epochs[-1].entropy == pytest.approx(knn_entropy(points, K).item(), rel=1e-6)
    assert epochs[-1].mean_std == pytest.approx(log_std.exp().mean().item(), rel=1e-5)
    assert epochs[-1].frozen_envs == 0


def test_learning_rate_of_each_epoch() -> None:
    # Halved at epochs 2 and 4; the rate of the largest listed number of heads that is not above 3.
    run = training(heads=3, learning_rate={1: 0.1, 2: 0.04, 6: 0.2}, milestones=(2, 4), decay=0.5)
    found = []
    for _ in range(6):
        found.append(run.run_epoch().learning_rate)
        assert run.update.optimiser.learning_rate == found[-1]
    assert found == pytest.approx([0.04, 0.04, 0.02, 0.02, 0.01, 0.01])


def test_the_features_are_found_by_name() -> None:
    settings = PretrainSettings(envs=ENVS, horizon=STEPS, k=K, trunk=(8,), adapter=6)
    run = Pretraining(Plane(), settings, 2, ["n", "x"], 0)
    epoch = run.run_epoch()
    points = run.rollouts.trajectory.obs[1:, :, [2, 0]].flatten(0, 1)
    assert epoch.entropy == pytest.approx(knn_entropy(points, K).item(), rel=1e-6)


def test_an_objective_of_ones_own() -> None:
    run = training()
    run.objective = lambda particles, k: (particles[..., 0].mean(), torch.zeros(particles.shape[:2]))
    epoch = run.run_epoch()
    assert epoch.entropy == pytest.approx(run.rollouts.trajectory.obs[1:, :, 0].mean().item())
    assert epoch.grad_norm == 0


@pytest.mark.parametrize("heads", [1, 5])
def test_the_entropy_rises(heads: int) -> None:
    # Seeds 0 to 5 gain 1.4 to 2.8 nats; from one epoch to the next the estimate moves by 0.2.
    run = training(Plane(60), heads, seed=0, envs=60, horizon=10, trunk=(16,), adapter=16, max_grad_norm=1.0)
    found = [run.run_epoch().entropy for _ in range(30)]
    assert np.mean(found[-3:]) > np.mean(found[:3]) + 1.0


def metrics(run: Pretraining, epochs: int) -> list:
    """What the next epochs report, but for the times."""
    return [replace(run.run_epoch(), **SECONDS) for _ in range(epochs)]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    runs = [training(seed=seed) for seed in (4, 4, 5)]
    reports = [metrics(run, 3) for run in runs]
    assert reports[0] == reports[1]
    assert same(snapshot(runs[0]), snapshot(runs[1]))
    assert reports[0][0].entropy != reports[2][0].entropy
    assert not torch.equal(runs[0].rollouts.trajectory.u, runs[2].rollouts.trajectory.u)


def test_epochs_draw_other_numbers() -> None:
    # With a learning rate of nearly nothing, only the noise tells one epoch from the next.
    run = training(learning_rate={1: 1e-12})
    assert len({round(epoch.entropy, 4) for epoch in metrics(run, 4)}) == 4


def test_the_environments_seed_follows_from_seed_and_epoch() -> None:
    for seed in (4, 5):
        env = Plane()
        metrics(training(env, seed=seed), 3)
        sequences = [np.random.SeedSequence([seed, epoch]) for epoch in range(3)]
        assert env.seeds == [int(sequence.generate_state(2)[1]) for sequence in sequences]


@pytest.mark.parametrize("stopped_after", [0, 1, 3])
def test_a_run_goes_on_with_the_same_bytes(stopped_after: int) -> None:
    whole, first, second = training(), training(), training()
    expected = metrics(whole, 5)
    metrics(first, stopped_after)
    metrics(second, 2)  # what was there before must leave no trace
    second.load_state_dict(snapshot(first))
    assert metrics(second, 5 - stopped_after) == expected[stopped_after:]
    assert same(snapshot(second), snapshot(whole))


def test_loading_copies() -> None:
    run, other = training(), training()
    metrics(run, 2)
    state = snapshot(run)
    other.load_state_dict(state)
    metrics(other, 1)
    assert same(state, snapshot(run))
