"""The value network: its function by hand, its initial weights, its seed."""

import pytest
import torch

from kmyriad.policies import ValueNetwork


def test_values_by_hand() -> None:
    # s = (1, 2): hidden relu(1 - 2 + 0.5, 3 + 0 - 1) = (0, 2); V = 7 * 0 + 3 * 2 - 1 = 5.
    # s = (3, 1): hidden relu(3 - 1 + 0.5, 9 + 0 - 1) = (2.5, 8); V = 17.5 + 24 - 1 = 40.5.
    network = ValueNetwork(2, (2,))
    values = ([[1.0, -1.0], [3.0, 0.0]], [0.5, -1.0], [[7.0, 3.0]], [-1.0])
    for parameter, value in zip(network.parameters(), values, strict=True):
        parameter.data.copy_(torch.tensor(value))
    assert network(torch.tensor([[1.0, 2.0], [3.0, 1.0]])).tolist() == [5.0, 40.5]


def test_the_last_layer_can_be_negative() -> None:
    network, obs = ValueNetwork(3, (16,)), torch.randn(100, 3, generator=torch.Generator().manual_seed(0))
    assert network(obs).min() < 0 < network(obs).max()


@pytest.mark.parametrize("shape", [(3,), (5, 3), (4, 5, 3)])
def test_any_leading_shape(shape: tuple[int, ...]) -> None:
    network, obs = ValueNetwork(3, (4, 4)), torch.randn(*shape, generator=torch.Generator().manual_seed(0))
    assert network(obs).shape == shape[:-1]
    torch.testing.assert_close(network(obs).flatten(), network(obs.view(-1, 3)))


def test_size_is_that_of_table_3() -> None:
    # 62 -> 256 -> 256 -> 1; a bias an output.
    assert sum(p.numel() for p in ValueNetwork(62).parameters()) == 63 * 256 + 257 * 256 + 257


def test_initial_weights_are_xavier_uniform() -> None:
    # Uniform in +-sqrt(6 / (fan in + fan out)); of 100 * 300 draws the largest is within 0.1 % of the bound.
    for layer in ValueNetwork(100, (300, 200)).layers:
        bound = (6 / sum(layer.weight.shape)) ** 0.5
        assert layer.weight.abs().max() <= bound
        assert not layer.bias.any()
        if layer.weight.numel() > 10_000:
            assert layer.weight.abs().max() > 0.999 * bound
            assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)


def test_the_same_seed_gives_the_same_bytes() -> None:
    torch.manual_seed(1)
    one = ValueNetwork(3, seed=5).state_dict()
    torch.manual_seed(2)
    same, other = (ValueNetwork(3, seed=seed).state_dict() for seed in (5, 6))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert all(not torch.equal(one[name], other[name]) for name in one if "weight" in name)


def test_wrong_features() -> None:
    with pytest.raises(ValueError, match=r"the value network expects 3 features, got observations of shape \[2, 4\]"):
        ValueNetwork(3)(torch.zeros(2, 4))
