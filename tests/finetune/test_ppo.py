"""PPO: it learns tasks of known optimum, reports what it did, and can be resumed; test_update.py has its arithmetic."""

import math
from dataclasses import asdict

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from kmyriad.estimators import gae
from kmyriad.finetune import PPO
from kmyriad.policies import MultiHeadPolicy
from kmyriad.rollout import TrainingFailure
from kmyriad.settings import FinetuneSettings

ENVS, STEPS = 6, 5
SECONDS = {"seconds_rollout": 0.0, "seconds_update": 0.0}


class Task:
    """Points on a line that move by a tenth of their action; features x and a tenth of the number of steps.

    The reward is `reward(x before, u, env numbers)`, u being the action before tanh.
    """

    obs_dim, action_dim, feature_names, device = 2, 1, ("x", "n"), "cpu"

    def __init__(self, reward=None, num_envs: int = ENVS, frozen: tuple[int, ...] = ()) -> None:
        self.reward = reward or (lambda x, u, env: x.sin() - 0.3 * u.square())
        self.num_envs, self.seeds, self.steps = num_envs, [], 0
        self.frozen = torch.zeros(num_envs, dtype=torch.bool)
        self.frozen[list(frozen)] = True

    def reset(self, seed: int | None = None) -> torch.Tensor:
        self.seeds.append(seed)
        self.x = torch.randn(self.num_envs, generator=torch.Generator().manual_seed(seed))
        self.n = torch.zeros_like(self.x)
        return torch.stack([self.x, self.n], 1)

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        reward = self.reward(self.x, actions[:, 0].atanh(), torch.arange(self.num_envs))
        self.x, self.n, self.steps = self.x + 0.1 * actions[:, 0], self.n + 0.1, self.steps + 1
        return torch.stack([self.x, self.n], 1), reward, {"frozen": self.frozen}

    def close(self) -> None:
        pass


def tuning(env: Task | None = None, seed: int = 4, log_std=(-2.0, 0.5), **changes) -> PPO:
    """A small run without warm-up; learning rates and minibatches make every epoch several noticeable steps."""
    settings = {"envs": ENVS, "horizon": STEPS, "value_hidden": (8,), "minibatch_rows": 2, "warmup": 0}
    settings |= {"policy_learning_rate": 0.01, "value_learning_rate": 0.01, **changes}
    env = env or Task()
    actor = MultiHeadPolicy(env.obs_dim, env.action_dim, 1, (8,), 6, log_std, seed)
    return PPO(env, actor, FinetuneSettings(**settings), seed)


def snapshot(run: PPO) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in run.state_dict().items()}


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor], start: str = "") -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one if name.startswith(start))


def metrics(run: PPO, epochs: int) -> list[dict[str, float]]:
    """What the next epochs report, but for the times."""
    return [asdict(run.run_epoch()) | SECONDS for _ in range(epochs)]


def test_every_sample_is_used_exactly_once_a_pass() -> None:
    # 30 samples in minibatches of 2 * 6: 12, 12 and 6, three times.
    run, seen = tuning(passes=3, minibatch_rows=2), {"value": [], "actor": []}
    for name, network in (("value", run.learner.value), ("actor", run.actor)):
        network.register_forward_pre_hook(
            lambda _, inputs, name=name: seen[name].append(inputs[0].flatten(0, -2)) if torch.is_grad_enabled() else None
        )
    run.run_epoch()
    rows = sorted(run.rollouts.trajectory.obs[:-1].flatten(0, 1).tolist())
    for batches in seen.values():
        assert [len(batch) for batch in batches] == [12, 12, 6] * 3
        passes = [torch.cat(batches[3 * i : 3 * i + 3]).tolist() for i in range(3)]
        assert [sorted(each) for each in passes] == [rows] * 3
        assert passes[0] != passes[1] != passes[2] != passes[0]


def test_warm_up_trains_the_value_network_only() -> None:
    run = tuning(warmup=2)
    start = snapshot(run)
    reports = metrics(run, 2)
    warm = snapshot(run)
    assert same(warm, start, "policy.")
    assert all(not torch.equal(warm[name], start[name]) for name in start if name.startswith("value."))
    assert all(report[name] == 0 for report in reports for name in ("policy_loss", "kl", "clip_fraction", "policy_grad_norm"))
    assert all(report["value_loss"] > 0 for report in reports)
    assert metrics(run, 1)[0]["policy_grad_norm"] > 0
    after = snapshot(run)
    assert all(not torch.equal(after[name], start[name]) for name in start if name.startswith("policy."))


@pytest.mark.slow(8)
@pytest.mark.parametrize("seed", range(3))
def test_it_learns_the_best_action_of_each_state(seed: int) -> None:
    # Reward -(u - x / 2)^2: the best mean of u is x / 2 whatever the deviation; untrained, it errs by 0.15 to 0.3.
    env = Task(lambda x, u, env: -(u - x / 2).square(), num_envs=64)
    changes = {"gamma": 0.01, "policy_learning_rate": 0.01, "minibatch_rows": 1, "value_learning_rate": 0.01}
    run = tuning(env, seed, log_std=(-2.0, -0.5), **changes)
    x = torch.linspace(-1, 1, 21)
    for _ in range(40):
        run.run_epoch()
    mean, log_std = run.actor(torch.stack([x, torch.full_like(x, 0.2)], 1))
    assert (mean[:, 0] - x / 2).abs().mean() < 0.04
    assert log_std.mean() < -1.9  # of at least -2: deviation costs reward


@pytest.mark.slow(7)
def test_it_learns_from_a_reward_that_comes_later() -> None:
    # Only where x is counts, and x moves by a tenth of the action: up is best everywhere, at no step rewarded at once.
    run = tuning(Task(lambda x, u, env: x, num_envs=64), horizon=8, gamma=0.9, value_hidden=(32,), value_learning_rate=0.02)
    for _ in range(40):
        run.run_epoch()
    assert run.actor(run.rollouts.trajectory.obs[:-1])[0].tanh().mean() > 0.9


@pytest.mark.slow(13)
def test_the_value_network_learns_the_returns() -> None:
    run = tuning(Task(lambda x, u, env: torch.ones_like(x)), gamma=0.5, passes=10)  # 1 for ever: every state is worth 2
    metrics(run, 40)
    value = run.learner.value(run.rollouts.trajectory.obs)
    torch.testing.assert_close(value, torch.full((STEPS + 1, ENVS), 2.0), rtol=0, atol=0.1)


def test_metrics_of_a_rollout() -> None:
    # Environments 0 to 3 of 6: rewards 0; 1 every step; 1 at first, then -1; -1. Of them 1 and 2 succeed, each once.
    # Returns of 5 steps: 0, 5, -3, -5; 4 is like 1, 5 is frozen. Mean (0 + 5 - 3 - 5 + 5) / 5 = 0.4; success 3 / 5.
    table = torch.tensor([[0, 0], [1, 1], [1, -1], [-1, -1], [1, 1], [9, 9]], dtype=torch.float32)
    env = Task(lambda x, u, number: table[number, int(env.steps % STEPS > 0)], frozen=(5,))
    run = tuning(env, policy_learning_rate=1e-12, value_learning_rate=1e-12)
    first, second = metrics(run, 2)
    assert [(report["epoch"], report["env_steps"]) for report in (first, second)] == [(0, 30), (1, 60)]
    assert (second["success"], second["mean_return"], second["frozen_envs"]) == pytest.approx((0.6, 0.4, 1))
    obs = run.rollouts.trajectory.obs[:, :5]
    values, (mean, log_std) = run.learner.value(obs), run.actor(obs[:-1])
    assert second["entropy"] == pytest.approx(Normal(mean, log_std.exp()).entropy().sum(-1).mean().item(), rel=1e-5)
    advantage = gae(run.rollouts.trajectory.reward[:, :5], values, 0.99, 0.95)
    explained = 1 - advantage.var() / (advantage + values[:-1]).var()
    assert second["explained_variance"] == pytest.approx(explained.item(), rel=1e-4)
    assert second["value_loss"] == pytest.approx(0.5 * advantage.square().mean().item(), rel=1e-5)


def test_frozen_environments_have_no_influence() -> None:
    runs = []
    for broken in (0.0, 1e6, math.nan):
        reward = lambda x, u, env, broken=broken: torch.where((env == 1) | (env == 4), broken, x)  # noqa: E731
        runs.append(tuning(Task(reward, frozen=(1, 4))))
    reports = [metrics(run, 3) for run in runs]
    assert reports[0] == reports[1] == reports[2]
    assert same(snapshot(runs[0]), snapshot(runs[1]))
    assert same(snapshot(runs[0]), snapshot(runs[2]))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    runs = [tuning(seed=seed) for seed in (4, 4, 5)]
    reports = [metrics(run, 3) for run in runs]
    assert reports[0] == reports[1]
    assert same(snapshot(runs[0]), snapshot(runs[1]))
    assert reports[0][0]["mean_return"] != reports[2][0]["mean_return"]


def test_random_numbers_follow_from_seed_and_epoch() -> None:
    for seed in (4, 5):
        env = Task()
        run = tuning(env, seed, policy_learning_rate=1e-12)
        noise = []
        for _ in range(3):
            run.run_epoch()
            noise.append(run.rollouts.trajectory.u.clone())
        sequences = [np.random.SeedSequence([seed, epoch, 3]) for epoch in range(3)]
        assert env.seeds == [int(sequence.generate_state(3)[1]) for sequence in sequences]
        assert not torch.isclose(noise[0], noise[1]).any()
    before = torch.get_rng_state()
    run.run_epoch()
    assert torch.equal(torch.get_rng_state(), before), "the global generator was used"


@pytest.mark.parametrize("stopped_after", [0, 1, 2, 4])
def test_a_run_goes_on_with_the_same_bytes(stopped_after: int) -> None:
    # The warm-up ends after two epochs.
    whole, first, second = (tuning(warmup=2) for _ in range(3))
    expected = metrics(whole, 5)
    metrics(first, stopped_after)
    metrics(second, 3)  # what was there before must leave no trace
    state = snapshot(first)
    second.load_state_dict(state)
    assert metrics(second, 5 - stopped_after) == expected[stopped_after:]
    assert same(snapshot(second), snapshot(whole))
    assert same(state, snapshot(first))


def test_statistics_stay_as_pretraining_left_them() -> None:
    actor = MultiHeadPolicy(2, 1, 1, (8,), 6, seed=1, standardise=True)
    actor.standardiser.update(torch.randn(40, 2) + 2)
    before = {name: value.clone() for name, value in actor.named_buffers()}
    settings = FinetuneSettings(envs=ENVS, horizon=STEPS, value_hidden=(8,), warmup=0, minibatch_rows=2)
    run = PPO(Task(), actor, settings, 0)
    reports = [run.run_epoch() for _ in range(2)]
    assert reports[-1].policy_grad_norm > 0
    assert all(torch.equal(before[name], value) for name, value in run.actor.named_buffers())


def test_several_heads() -> None:
    with pytest.raises(ValueError, match=r"PPO trains one head, got a policy of 3: take one with policy\.select_head"):
        PPO(Task(), MultiHeadPolicy(2, 1, 3), FinetuneSettings(), 0)


@pytest.mark.parametrize("reward", [math.nan, math.inf, 1e30])
def test_a_loss_that_is_not_finite(reward: float) -> None:
    # 1e30 squared is above the largest float32.
    run = tuning(Task(lambda x, u, env: torch.full_like(x, 0.0 if len(run.env.seeds) < 3 else reward)))
    metrics(run, 2)
    before = snapshot(run)
    with pytest.raises(RuntimeError, match=r"^the loss is (nan|inf) .* in epoch 2 \(seed 4\); the last saved state is kept$"):
        run.run_epoch()
    assert same(before, snapshot(run))


def test_all_environments_frozen() -> None:
    message = r"all 6 environments failed in the simulation in epoch 0 \(seed 4\)"
    with pytest.raises(TrainingFailure, match=message):
        tuning(Task(frozen=tuple(range(6)))).run_epoch()


def test_one_frozen_environment_stops_a_run_that_asks_for_it() -> None:
    run = tuning(Task(frozen=(2,)), on_failure="stop")
    before = snapshot(run)
    with pytest.raises(TrainingFailure, match="on_failure is 'stop' and 1 of 6 environments failed") as caught:
        run.run_epoch()
    assert caught.value.facts == {"seed": 4, "epoch": 0, "offending": 1}
    assert caught.value.tensors["environments"].tolist() == [2]
    assert same(before, snapshot(run))


def test_a_reward_that_is_not_finite_is_kept() -> None:
    # Environment 1 is frozen, so its reward does not count; 4 is to blame.
    run = tuning(Task(lambda x, u, env: torch.where((env == 1) | (env == 4), math.nan, x), frozen=(1,)))
    with pytest.raises(TrainingFailure, match="the loss is nan") as caught:
        run.run_epoch()
    assert caught.value.tensors["environments"].tolist() == [4]
    assert caught.value.tensors["reward"].isnan().all()
