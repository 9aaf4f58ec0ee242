"""The multi-head policy against one head at a time, written with nothing but linear layers."""

import math

import pytest
import torch
from torch.distributions import Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform
from torch.nn import functional as F

from kmyriad.policies import MultiHeadPolicy
from kmyriad.policies.multi_head import gaussian_log_prob

OBS, ACTIONS, HEADS, ENVS, STEPS = 5, 3, 4, 8, 6
SHARE = ENVS // HEADS


def small(seed: int = 0, heads: int = HEADS) -> MultiHeadPolicy:
    """A policy in float64 with biases that are not zero, so that a forgotten one shows."""
    policy = MultiHeadPolicy(OBS, ACTIONS, heads, trunk=(7, 6), adapter=4, log_std_range=(-2.0, 1.0), seed=seed).double()
    generator = torch.Generator().manual_seed(99)
    with torch.no_grad():
        for name, parameter in policy.named_parameters():
            if "bias" in name:
                parameter.normal_(generator=generator)
    return policy


def random(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def reference(policy: MultiHeadPolicy, head: int, obs: torch.Tensor) -> Normal:
    """Distribution of u of one head: two shared layers, one adapter, one output; log std from tanh."""
    p = dict(policy.named_parameters())
    x = F.linear(obs, p["trunk.0.weight"], p["trunk.0.bias"]).clamp(min=0)
    x = F.linear(x, p["trunk.1.weight"], p["trunk.1.bias"]).clamp(min=0)
    x = F.linear(x, p["adapter_weight"][head].T, p["adapter_bias"][head, 0]).clamp(min=0)
    out = F.linear(x, p["output_weight"][head].T, p["output_bias"][head, 0])
    # tanh = -1 is the lowest log std, -2, and tanh = 1 the highest, 1: -0.5 + 1.5 tanh.
    return Normal(out[..., :ACTIONS], (-0.5 + 1.5 * out[..., ACTIONS:].tanh()).exp())


@pytest.mark.parametrize("batch", [(), (STEPS,), (2, 3)])
def test_each_block_of_environments_uses_its_own_head(batch: tuple[int, ...]) -> None:
    # 4 heads, 8 environments: head 0 acts in 0 and 1, head 1 in 2 and 3, ...
    policy, obs = small(), random(*batch, ENVS, OBS)
    mean, log_std = policy(obs)
    assert mean.shape == log_std.shape == (*batch, ENVS, ACTIONS)
    for env in range(ENVS):
        expected = reference(policy, env // 2, obs[..., env, :])
        torch.testing.assert_close(mean[..., env, :], expected.mean)
        torch.testing.assert_close(log_std[..., env, :].exp(), expected.stddev)


def test_log_prob() -> None:
    policy, obs, u = small(), random(STEPS, ENVS, OBS), random(STEPS, ENVS, ACTIONS, seed=2)
    found = policy.log_prob(obs, u)
    assert found.shape == (STEPS, ENVS)
    for env in range(ENVS):
        expected = reference(policy, env // 2, obs[:, env]).log_prob(u[:, env]).sum(-1)
        torch.testing.assert_close(found[:, env], expected)


def test_log_prob_by_hand() -> None:
    # |u - mean| = 1, std = 2, twice: 2 (-(1/2)^2 / 2 - log 2 - log(2 pi) / 2) = -1/4 - 2 log 2 - log(2 pi).
    u, mean, log_std = torch.tensor([3.0, 0.0]), torch.tensor([2.0, 1.0]), torch.full((2,), math.log(2))
    expected = -0.25 - 2 * math.log(2) - math.log(2 * math.pi)
    assert gaussian_log_prob(u, mean, log_std).item() == pytest.approx(expected, rel=1e-6)


def test_the_tanh_cancels_in_ratios() -> None:
    # log pi(a) differs from log N(u) by log(1 - tanh(u)^2), which is the same for two policies.
    one, two, obs, u = small(0), small(1), random(ENVS, OBS), random(ENVS, ACTIONS, seed=2)
    squashed = [
        TransformedDistribution(reference(policy, 0, obs[0]), TanhTransform()).log_prob(u[0].tanh()).sum()
        for policy in (one, two)
    ]
    ratio = one.log_prob(obs, u)[0] - two.log_prob(obs, u)[0]
    torch.testing.assert_close(ratio, squashed[0] - squashed[1])


def test_a_trajectory_equals_its_steps() -> None:
    policy, obs = small(), random(STEPS, ENVS, OBS)
    mean, log_std = policy(obs)
    each = [policy(row) for row in obs]
    torch.testing.assert_close(mean, torch.stack([m for m, _ in each]), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(log_std, torch.stack([s for _, s in each]), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("head", range(HEADS))
def test_a_heads_loss_leaves_the_other_heads_alone(head: int) -> None:
    policy = small()
    own = slice(head * SHARE, (head + 1) * SHARE)
    log_prob = policy.log_prob(random(STEPS, ENVS, OBS), random(STEPS, ENVS, ACTIONS, seed=2))
    log_prob[:, own].sum().backward()
    others = [other for other in range(HEADS) if other != head]
    for name in ("adapter_weight", "adapter_bias", "output_weight", "output_bias"):
        gradient = policy.get_parameter(name).grad
        assert not gradient[others].any()
        assert gradient[head].any()
    assert all(layer.weight.grad.any() for layer in policy.trunk)


def test_gradients_are_those_of_the_reference() -> None:
    policy, obs, u = small(), random(STEPS, ENVS, OBS), random(STEPS, ENVS, ACTIONS, seed=2)
    parameters = list(policy.parameters())
    found = torch.autograd.grad(policy.log_prob(obs, u).sum(), parameters)
    slow = sum(reference(policy, env // 2, obs[:, env]).log_prob(u[:, env]).sum() for env in range(ENVS))
    torch.testing.assert_close(found, torch.autograd.grad(slow, parameters))


@pytest.mark.parametrize("head", range(HEADS))
def test_select_head(head: int) -> None:
    policy, obs = small(), random(3, OBS)
    single = policy.select_head(head)
    expected = reference(policy, head, obs)
    mean, log_std = single(obs)
    assert single.num_heads == 1
    torch.testing.assert_close(mean, expected.mean, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(log_std.exp(), expected.stddev, rtol=1e-12, atol=1e-14)


def test_select_head_copies() -> None:
    policy = small()
    single = policy.select_head(1)
    single.trunk[0].weight.data.zero_()
    single.adapter_weight.data.zero_()
    assert policy.trunk[0].weight.any()
    assert policy.adapter_weight[1].any()


@pytest.mark.parametrize("head", [-1, HEADS])
def test_a_head_that_does_not_exist(head: int) -> None:
    with pytest.raises(IndexError, match=rf"^head {head} does not exist: this policy has heads 0 \.\. 3$"):
        small().select_head(head)


def test_initial_weights_are_xavier_uniform_with_zero_biases() -> None:
    # Bounds sqrt(6 / (in + out)), each map on its own: mean and log std are two, 256 -> 8, not one of 16.
    # Of 2048 uniform draws the largest passes 99 % of the bound but for a chance of 0.99^2048 = 1e-9.
    policy = MultiHeadPolicy(62, 8, 3)
    maps = {(62, 512): [policy.trunk[0].weight], (512, 256): [policy.trunk[1].weight]}
    maps[256, 256], maps[256, 8] = list(policy.adapter_weight), [*policy.output_weight.split(8, dim=2)]
    for sizes, weights in maps.items():
        for weight in weights:
            assert 0.99 < weight.abs().max() * math.sqrt(sum(sizes) / 6) <= 1
    assert not any(p.any() for name, p in policy.named_parameters() if "bias" in name)


def test_size_is_that_of_table_2() -> None:
    # Shared 62 -> 512 -> 256, each head 256 -> 256 -> 8 + 8; a bias an output.
    shared, head = 63 * 512 + 513 * 256, 257 * 256 + 257 * 16
    assert sum(p.numel() for p in MultiHeadPolicy(62, 8, 50).parameters()) == shared + 50 * head


def test_log_std_stays_in_its_range() -> None:
    policy = small()
    _, log_std = policy(1e4 * random(200, ENVS, OBS))
    assert log_std.min().item() == pytest.approx(-2, abs=1e-6)
    assert log_std.max().item() == pytest.approx(1, abs=1e-6)
    assert -2 <= log_std.min() <= log_std.max() <= 1


def test_the_same_seed_gives_the_same_bytes() -> None:
    torch.manual_seed(1)
    one = MultiHeadPolicy(OBS, ACTIONS, HEADS, seed=5).state_dict()
    torch.manual_seed(2)
    same, other = (MultiHeadPolicy(OBS, ACTIONS, HEADS, seed=seed).state_dict() for seed in (5, 6))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert all(not torch.equal(one[name], other[name]) for name in one if "weight" in name)


def test_heads_start_different() -> None:
    policy = MultiHeadPolicy(OBS, ACTIONS, HEADS)
    for weight in (policy.adapter_weight, policy.output_weight):
        assert len({tuple(head.flatten().tolist()) for head in weight}) == HEADS


def test_samples_have_the_stated_mean_and_deviation() -> None:
    # In n = 20,000 draws the mean errs by std / sqrt n = 0.7 %, the deviation by 1 / sqrt(2 n) = 0.5 %.
    policy, obs = small(), random(ENVS, OBS)
    action, u = policy.sample(obs.expand(20_000, ENVS, OBS), torch.Generator().manual_seed(0))
    mean, log_std = policy(obs)
    assert torch.equal(action, u.tanh())
    assert ((u.mean(0) - mean).abs() / log_std.exp()).max() < 5 * 0.0071
    assert (u.std(0) / log_std.exp() - 1).abs().max() < 5 * 0.005


def test_sampling_depends_on_the_generator_alone() -> None:
    policy, obs = small(), random(ENVS, OBS)
    draws = [policy.sample(obs, torch.Generator().manual_seed(seed))[1] for seed in (3, 3, 4)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.isclose(draws[0], draws[2]).any()


def test_deterministic_actions_are_the_means() -> None:
    policy, obs = small(), random(ENVS, OBS)
    action, u = policy.sample(obs, deterministic=True)
    assert torch.equal(u, policy(obs)[0])
    assert torch.equal(action, u.tanh())


def test_architecture_makes_the_same_shape() -> None:
    policy = small()
    again = MultiHeadPolicy(**policy.architecture())
    again.load_state_dict(policy.state_dict())
    obs = random(ENVS, OBS)
    torch.testing.assert_close(again.double()(obs)[1], policy(obs)[1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((ENVS, OBS + 1), r"the policy expects 5 features, got observations of shape \[8, 6\]"),
        ((ENVS + 1, OBS), "4 heads do not divide 9 environments"),
    ],
)
def test_wrong_shapes(shape: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small()(random(*shape))
