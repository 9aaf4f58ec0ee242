"""The update trust-region: Algorithm 1's direction in the limit, a hand-worked return, trust per head, known optima."""

from dataclasses import replace

import pytest
import torch

from kmyriad.actor_critic.learner import ActorCritic
from kmyriad.estimators import knn_entropy
from kmyriad.policies import MultiHeadPolicy
from kmyriad.policies.adam import Adam
from kmyriad.pretrain import Pretraining
from kmyriad.pretrain.trust_region import standardised_reward
from kmyriad.rollout import Trajectory
from kmyriad.settings import ClippedSettings, PretrainSettings
from tests.pretrain.plane import ENVS, SECONDS, STEPS, Plane, same, snapshot

PLAIN = {"gamma": 1.0, "gae_lambda": 1.0, "normalise_advantage": False, "passes": 1, "minibatch": ENVS * STEPS, "clip": 1e9}


def training(
    env: object | None = None, heads: int = 2, seed: int = 4, trust_region: dict | None = None, **changes
) -> Pretraining:
    """A small run; observations are not standardised unless `trust_region` says so."""
    clipped = {"minibatch": 10, "value_hidden": (8,), "standardise": False, "first_mean_gain": 1.0, "learning_rate": {1: 0.01}}
    settings = {"envs": ENVS, "horizon": STEPS, "k": 3, "trunk": (8,), "adapter": 6, "max_grad_norm": 1e9}
    settings |= {"update": "trust-region", "trust_region": clipped | (trust_region or {}), **changes}
    return Pretraining(env or Plane(), PretrainSettings(**settings), heads, ["x", "y"], seed)


def exact(frozen: tuple[int, ...], update: str) -> Pretraining:
    """A run in float64 whose value network says 0 everywhere."""
    changes = {"trust_region": PLAIN | {"max_grad_norm": 1e9}} if update == "trust-region" else {"update": "gradient"}
    env = Plane(dtype=torch.float64, frozen=frozen)
    if update == "gradient":
        settings = PretrainSettings(envs=ENVS, horizon=STEPS, k=3, trunk=(8,), adapter=6, max_grad_norm=1e9)
        run = Pretraining(env, settings, 2, ["x", "y"], 4)
        run.update.optimiser = Adam(run.policy.double(), 0.01)
    else:
        run = training(env, **changes)
        learner = run.update.learner
        learner.policy_optimiser = Adam(run.policy.double(), 0.01)
        learner.value.double()
        for parameter in learner.value.parameters():
            parameter.data.zero_()
        learner.value_optimiser = Adam(learner.value, 1e-12)
    single = run.rollouts.trajectory
    run.rollouts.trajectory = replace(single, obs=single.obs.double(), u=single.u.double(), reward=single.reward.double())
    return run


@pytest.mark.parametrize("frozen", [(), (1, 4)])
def test_the_first_unclipped_step_goes_the_way_of_algorithm_one(frozen: tuple[int, ...]) -> None:
    # No discount, no value network, one pass with all samples: the policy gradient of the same reward.
    directions = []
    for update in ("gradient", "trust-region"):
        run = exact(frozen, update)
        run.run_epoch()
        flat = torch.cat([p.grad.flatten() for p in run.policy.parameters()])
        directions.append(flat / flat.norm())
    torch.testing.assert_close(*directions, rtol=1e-9, atol=1e-12)


def test_the_ratio_of_the_first_step_is_one() -> None:
    run = training(trust_region={"passes": 1, "minibatch": ENVS * STEPS, "standardise": True})
    for _ in range(3):
        epoch = run.run_epoch()
        assert (epoch.kl, epoch.kl_max, epoch.clip_fraction) == (pytest.approx(0, abs=1e-6),) * 2 + (0.0,)


@pytest.mark.parametrize(("ends", "last"), [(True, -2.0), (False, 0.0)])
def test_a_hand_worked_episode(ends: bool, last: float) -> None:
    # Rewards 1, 2, 0; V = 1, 1, 2 and after the last action 4, or 0 where the episode ends; gamma = 0.5, lambda = 0.9.
    # delta = 1 + 0.5 - 1 = 0.5, 2 + 1 - 1 = 2, 0 + 0.5 V(T) - 2 = 0 or -2; A_t = delta_t + 0.45 A_{t+1}.
    learner = ActorCritic(MultiHeadPolicy(1, 1, 1, (2,), 2), 1, ClippedSettings(gamma=0.5, gae_lambda=0.9), 1e-3, 0)
    learner.value = lambda obs: obs[..., 0]
    values = torch.tensor([1.0, 1.0, 2.0, 4.0])[:, None, None]
    trajectory = Trajectory(values, torch.zeros(3, 1, 1), torch.zeros(3, 1), torch.tensor([False]))
    samples = learner.samples(trajectory, torch.tensor([[1.0], [2.0], [0.0]]), values, ends, 100)
    worked = torch.tensor([0.5 + 0.45 * (2 + 0.45 * last), 2 + 0.45 * last, last])
    torch.testing.assert_close(samples.advantage[0], worked)
    torch.testing.assert_close(samples.returns[0], worked + torch.tensor([1.0, 1.0, 2.0]))


def test_the_value_network_sees_the_head_and_the_time() -> None:
    run = training(heads=3)
    run.run_epoch()
    seen = run.update.critic_obs(run.rollouts.trajectory)
    assert seen.shape == (STEPS + 1, ENVS, 3 + 3 + 1)
    assert seen[2, :, 3:6].argmax(-1).tolist() == [0, 0, 1, 1, 2, 2]
    assert seen[:, 0, -1].tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert torch.equal(seen[..., :3], run.rollouts.trajectory.obs)


def test_rewards_are_the_differences_of_the_factor_standardised() -> None:
    # Factors 6, 4, 3 and 1, 1, 0 sum credits 2, 1, 3 and 0, 1, 0: mean 7/6; the third environment failed.
    factor = torch.tensor([[6.0, 1.0, 9.0], [4.0, 1.0, 9.0], [3.0, 0.0, 9.0]])
    credit = torch.tensor([[2.0, 0.0], [1.0, 1.0], [3.0, 0.0]])
    found = standardised_reward(factor, torch.tensor([True, True, False]))
    torch.testing.assert_close(found[:, :2], (credit - credit.mean()) / credit.std(correction=0))
    assert not found[:, 2].any()


def test_a_head_beyond_its_trust_region_keeps_its_weights() -> None:
    # Only the second head may go on: the first one's limit is exceeded after the first pass by a step size of 0.05.
    learner = ActorCritic(MultiHeadPolicy(3, 2, 2, (8,), 6, seed=1), 3, ClippedSettings(head_kl_limit=1e-9, passes=5), 0.05, 0)
    run = training()
    run.run_epoch()
    samples = learner.samples(run.rollouts.trajectory, torch.randn(STEPS, ENVS), run.rollouts.trajectory.obs, True, 100)
    advantage = samples.advantage
    before = [p.detach().clone() for p in learner.policy.head_parameters()]
    trunk = learner.policy.trunk[0].weight.detach().clone()
    for _ in range(3):  # the first step gives Adam a momentum that would go on
        everything = torch.arange(samples.alive.shape[1]).expand(2, -1)
        learner._policy_step(samples.at(everything), advantage, torch.tensor([True, True]))
    moved = [p.detach().clone() for p in learner.policy.head_parameters()]
    learner._policy_step(samples.at(everything), advantage, torch.tensor([False, True]))
    for start, middle, end in zip(before, moved, learner.policy.head_parameters(), strict=True):
        assert not torch.equal(start[0], middle[0])
        assert torch.equal(middle[0], end[0])
        assert not torch.equal(middle[1], end[1])
    assert not torch.equal(trunk, learner.policy.trunk[0].weight)


def test_passes_end_at_the_limits() -> None:
    assert training(trust_region={"passes": 4, "kl_limit": None}).run_epoch().passes == 4
    assert training(trust_region={"passes": 4, "kl_limit": 1e-9}).run_epoch().passes == 1
    assert training(trust_region={"passes": 4, "kl_limit": None, "head_kl_limit": 1e-9}).run_epoch().passes == 1


def test_metrics_of_an_epoch() -> None:
    run = training(trust_region={"learning_rate": {1: 1e-12}})
    first, second = run.run_epoch(), run.run_epoch()
    points = run.rollouts.trajectory.obs[1:, :, :2].flatten(0, 1)
    _, log_std = run.policy(run.rollouts.trajectory.obs[:-1])
    assert (first.env_steps, second.env_steps) == (30, 60)
    assert second.entropy == pytest.approx(knn_entropy(points, 3).item(), rel=1e-6)
    assert second.mean_std == pytest.approx(log_std.exp().mean().item(), rel=1e-5)
    assert second.learning_rate == 1e-12
    assert second.explained_variance is not None and second.explained_variance <= 1


def test_frozen_environments_teach_nothing() -> None:
    # Whatever the environments that failed show, the others' lesson is the same.
    runs = [training(Plane(frozen=(0, 5), shown=shown)) for shown in (0.0, 7.0)]
    reports = [[replace(run.run_epoch(), **SECONDS) for _ in range(2)] for run in runs]
    assert reports[0] == reports[1]
    assert same(snapshot(runs[0]), snapshot(runs[1]))
    assert reports[0][0].frozen_envs == 2


@pytest.mark.parametrize("stopped_after", [1, 3])
def test_a_run_goes_on_with_the_same_bytes(stopped_after: int) -> None:
    runs = [training(trust_region={"standardise": True}) for _ in range(3)]
    expected = [replace(runs[0].run_epoch(), **SECONDS) for _ in range(5)]
    for _ in range(stopped_after):
        runs[1].run_epoch()
    runs[2].run_epoch()  # what was there before must leave no trace
    runs[2].load_state_dict(snapshot(runs[1]))
    found = [replace(runs[2].run_epoch(), **SECONDS) for _ in range(5 - stopped_after)]
    assert found == expected[stopped_after:]
    assert same(snapshot(runs[0]), snapshot(runs[2]))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    runs = [training(seed=seed, trust_region={"standardise": True}) for seed in (4, 4, 5)]
    reports = [replace(run.run_epoch(), **SECONDS) for run in runs]
    assert reports[0] == reports[1] != reports[2]
    assert same(snapshot(runs[0]), snapshot(runs[1]))


def test_an_objective_of_ones_own() -> None:
    # Credit for x alone: f_t = x of this step and all later ones; the mean action must turn to +x.
    def farther(particles: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
        return particles[..., 0].mean(), particles[..., 0].flip(0).cumsum(0).flip(0)

    run = training(Plane(60), 1, envs=60, horizon=10, trust_region={"minibatch": 100})
    run.objective = farther
    found = [run.run_epoch().entropy for _ in range(15)]
    # At most 0.2 + 0.1 t at step t = 1 .. 10: 0.75 on average; 0.2 for actions around 0.
    assert found[0] < 0.4
    assert found[-1] > 0.6


@pytest.mark.parametrize("heads", [1, 5])
def test_the_entropy_rises(heads: int) -> None:
    run = training(Plane(60), heads, seed=0, envs=60, horizon=10, trunk=(16,), adapter=16, trust_region={"minibatch": 100})
    found = [run.run_epoch().entropy for _ in range(20)]
    assert sum(found[-3:]) / 3 > sum(found[:3]) / 3 + 1.0
