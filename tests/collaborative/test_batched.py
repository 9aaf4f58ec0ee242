"""Batched layers against single ones, the tanh-Gaussian's density, clipping and lagging targets."""

import math

import pytest
import torch
from torch import nn

from kmyriad.collaborative.batched import BatchedMLP, clip_per_agent, follow, sample_tanh_gaussian


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def linear_twin(network: BatchedMLP, index: int) -> nn.Sequential:
    """Network `index` as ordinary linear layers."""
    layers: list[nn.Module] = []
    for weight, bias in zip(network.weights, network.biases, strict=True):
        layer = nn.Linear(*weight.shape[1:], dtype=weight.dtype)
        layer.weight.data, layer.bias.data = weight.data[index].T.clone(), bias.data[index, 0].clone()
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def test_a_batch_of_networks_is_as_many_networks() -> None:
    network = BatchedMLP((3, 8, 5, 2), [seeded(0), seeded(1)], 2, torch.float64)
    x = torch.randn(4, 7, 3, dtype=torch.float64)
    expected = torch.stack([linear_twin(network, index)(x[index]) for index in range(4)])
    torch.testing.assert_close(network(x), expected, rtol=0, atol=1e-14)


def test_weights_start_orthogonal_and_follow_their_generator_only() -> None:
    both, alone = BatchedMLP((6, 6, 4), [seeded(0), seeded(1)], 2), BatchedMLP((6, 6, 4), [seeded(1)], 2)
    for weight in both.weights:  # columns of length sqrt(2)
        gram = weight.data.mT @ weight.data
        torch.testing.assert_close(gram, 2 * torch.eye(weight.shape[2]).expand_as(gram), rtol=0, atol=1e-5)
    assert all(not bias.any() for bias in both.biases)
    assert torch.equal(both.weights[0][2:], alone.weights[0])
    assert not torch.equal(both.weights[0][0], both.weights[0][1])


def test_density_of_a_squashed_gaussian() -> None:
    # u = 0.5 + 2 * 0.25 = 1: log N = -0.03125 - log 2 - log(2 pi)/2; the slope of tanh at 1 is 1 - tanh(1)^2.
    action, log_prob = sample_tanh_gaussian(torch.tensor([0.5]), torch.tensor([math.log(2)]), torch.tensor([0.25]))
    assert float(action) == pytest.approx(math.tanh(1))
    expected = -0.03125 - math.log(2) - 0.5 * math.log(2 * math.pi) - math.log(1 - math.tanh(1) ** 2)
    assert float(log_prob) == pytest.approx(expected)


def test_the_density_is_that_of_torch_and_does_not_overflow() -> None:
    mean, log_std, noise = torch.randn(3, 50, 2, generator=seeded(0), dtype=torch.float64).unbind()
    action, log_prob = sample_tanh_gaussian(mean, log_std, noise)
    squash = torch.distributions.TransformedDistribution(
        torch.distributions.Normal(mean, log_std.exp()), [torch.distributions.TanhTransform(cache_size=1)]
    )
    torch.testing.assert_close(log_prob, squash.log_prob(action.clamp(-1 + 1e-15, 1 - 1e-15)).sum(-1), rtol=1e-5, atol=1e-5)
    far = sample_tanh_gaussian(torch.tensor([400.0]), torch.tensor([0.0]), torch.tensor([0.0]))
    assert far[0] == 1 and far[1].isfinite()


def test_clip_by_hand() -> None:
    # Agent 0's gradients have norm sqrt(9 + 16) = 5 over both tensors, agent 1's sqrt(0.09 + 0.16) = 0.5; the limit is 1.
    first, second = torch.tensor([[3.0], [0.3]]), torch.tensor([[[4.0]], [[0.4]]])
    norms = clip_per_agent([first, second], 2, 1.0)
    assert norms.tolist() == pytest.approx([5.0, 0.5])
    assert first.flatten().tolist() == pytest.approx([0.6, 0.3])
    assert second.flatten().tolist() == pytest.approx([0.8, 0.4])


def test_twins_share_one_norm() -> None:
    gradient = torch.tensor([[3.0], [4.0], [0.3], [0.4]])  # two agents with two networks each
    assert clip_per_agent([gradient], 2, 1.0).tolist() == pytest.approx([5.0, 0.5])
    assert gradient.flatten().tolist() == pytest.approx([0.6, 0.8, 0.3, 0.4])


def test_targets_follow() -> None:
    target, source = BatchedMLP((2, 2), [seeded(0)], 1), BatchedMLP((2, 2), [seeded(1)], 1)
    expected = 0.75 * target.weights[0].data + 0.25 * source.weights[0].data
    follow(target, source, 0.25)
    torch.testing.assert_close(target.weights[0].data, expected)
