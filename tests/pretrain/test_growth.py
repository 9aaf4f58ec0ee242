"""Heads that grow from one: copies act as their parent, and a run that grows can be killed at any epoch."""

from dataclasses import replace

import pytest
import torch

from kmyriad.policies import MultiHeadPolicy
from kmyriad.pretrain import Pretraining
from kmyriad.pretrain.growth import first_policy, grown
from kmyriad.settings import PretrainSettings
from tests.pretrain.plane import SECONDS, Plane, same, snapshot

CLIPPED = {"minibatch": 12, "value_hidden": (8,)}


def training(update: str = "trust-region", grow: dict | None = None, heads: int = 4, **changes) -> Pretraining:
    settings = {"envs": 12, "horizon": 5, "k": 3, "trunk": (8,), "adapter": 6, "update": update, "grow": grow, **changes}
    if update == "trust-region":
        settings["trust_region"] = CLIPPED
    return Pretraining(Plane(12), PretrainSettings(**settings), heads, ["x", "y"], 4)


def parent() -> MultiHeadPolicy:
    policy = MultiHeadPolicy(3, 2, 2, (8,), 6, seed=3, standardise=True)
    policy.standardiser.update(torch.randn(50, 3) * 3 + 1)
    return policy


def test_copies_act_as_their_parent() -> None:
    # Heads 0, 1, 2 come from head 0; 3, 4, 5 from head 1; environments in blocks.
    before, obs = parent(), torch.randn(7, 12, 3)
    after = grown(before, 6, 0.0, seed=0)
    for one, two in zip(before(obs), after(obs), strict=True):
        torch.testing.assert_close(one, two)
    assert torch.equal(after.standardiser.mean, before.standardiser.mean)


def test_jitter_parts_the_copies_and_leaves_the_trunk() -> None:
    before = parent()
    after = grown(before, 6, 0.3, seed=0)
    assert torch.equal(after.trunk[0].weight, before.trunk[0].weight)
    noise = after.adapter_weight.detach() - before.adapter_weight.detach().repeat_interleave(3, 0)
    assert float(noise.std() / before.adapter_weight.detach().std()) == pytest.approx(0.3, rel=0.15)
    assert len({round(float(head.sum()), 6) for head in after.adapter_weight.detach()}) == 6
    assert not torch.equal(grown(before, 6, 0.3, seed=1).adapter_weight, after.adapter_weight)
    assert torch.equal(grown(before, 6, 0.3, seed=0).adapter_weight, after.adapter_weight)


def test_heads_that_do_not_divide() -> None:
    with pytest.raises(ValueError, match="5 heads cannot grow from 2: take a multiple"):
        grown(parent(), 5, 0.3, seed=0)


@pytest.mark.parametrize("update", ["gradient", "trust-region"])
def test_a_run_grows_when_it_should(update: str) -> None:
    run = training(update, {0: 1, 2: 2, 3: 8})
    rows = [run.run_epoch() for _ in range(5)]
    assert [row.heads for row in rows] == [1, 1, 2, 4, 4]
    assert run.policy.num_heads == 4


def test_the_value_of_a_copy_is_its_parents() -> None:
    run = training(grow={0: 2, 1: 4}, grow_jitter=0.0)
    run.run_epoch()
    before = run.update.learner.value(run.update.critic_obs(run.rollouts.trajectory))
    run._grow(4)
    torch.testing.assert_close(run.update.learner.value(run.update.critic_obs(run.rollouts.trajectory)), before)


@pytest.mark.slow(5)
@pytest.mark.parametrize("update", ["gradient", "trust-region"])
@pytest.mark.parametrize("stopped_after", [1, 2, 3])
def test_a_run_that_grows_goes_on_with_the_same_bytes(update: str, stopped_after: int) -> None:
    whole, first, second = (training(update, {0: 1, 2: 4}) for _ in range(3))
    expected = [replace(whole.run_epoch(), **SECONDS) for _ in range(4)]
    for _ in range(stopped_after):
        first.run_epoch()
    second.load_state_dict(snapshot(first))
    assert [replace(second.run_epoch(), **SECONDS) for _ in range(4 - stopped_after)] == expected[stopped_after:]
    assert same(snapshot(whole), snapshot(second))


def test_the_first_policy_has_the_std_that_is_asked_for() -> None:
    settings = PretrainSettings(envs=12, horizon=5, initial_std=0.7, log_std_range=(-2, 1))
    policy = first_policy(Plane(12), settings, 4, seed=0)
    _, log_std = policy(torch.randn(5, 12, 3))
    torch.testing.assert_close(log_std.exp(), torch.full_like(log_std, 0.7))


def test_first_means_are_scaled() -> None:
    settings = PretrainSettings(envs=12, horizon=5, update="trust-region")
    obs, plain = torch.randn(5, 12, 3), MultiHeadPolicy(3, 2, 4, (512, 256), 256, (-5, 2), 0)
    torch.testing.assert_close(first_policy(Plane(12), settings, 4, seed=0)(obs)[0], 0.01 * plain(obs)[0])
