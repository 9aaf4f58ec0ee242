"""RMSprop against torch's class, and its state."""

import pytest
import torch
from torch import nn

from kmyriad.policies.rmsprop import RmsProp


def test_its_steps_are_those_of_torch() -> None:
    own, other = (nn.Linear(3, 2) for _ in range(2))
    other.load_state_dict(own.state_dict())
    optimiser, peer = RmsProp(own, 1e-2), torch.optim.RMSprop(other.parameters(), 1e-2, alpha=0.99, eps=1e-5)
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        gradients = [torch.randn(each.shape, generator=generator) for each in own.parameters()]
        optimiser.step(gradients)
        for parameter, gradient in zip(other.parameters(), gradients, strict=True):
            parameter.grad = gradient
        peer.step()
    for mine, theirs in zip(own.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-6, atol=1e-7)


def test_a_step_by_hand() -> None:
    own = nn.Linear(1, 1, bias=False)
    own.weight.data.fill_(1.0)
    optimiser = RmsProp(own, 0.5)
    optimiser.step([torch.tensor([[2.0]])])
    # v = 0.01 * 4, 1 - 0.5 * 2 / (0.2 + 1e-5)
    assert own.weight.item() == pytest.approx(1 - 1 / 0.20001)


def test_a_state_goes_on_and_one_that_lacks_something_does_not() -> None:
    first, second = nn.Linear(3, 2), nn.Linear(3, 2)
    one, other = RmsProp(first, 1e-2), RmsProp(second, 1e-2)
    gradients = [torch.ones_like(each) for each in first.parameters()]
    one.step(gradients)
    state = {name: value.clone() for name, value in one.pack("actor").items()}
    other.unpack("actor", state)
    one.step(gradients), other.step(gradients)
    assert all(torch.equal(value, other.pack("actor")[name]) for name, value in one.pack("actor").items())
    del state["actor.rmsprop.bias"]
    with pytest.raises(ValueError, match="the saved state has no actor.rmsprop.bias, it is that of another network"):
        other.unpack("actor", state)
