"""Our Adam is torch's, and goes on as before after packing and unpacking."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from kmyriad.policies.adam import Adam

KEYS = ("step", "exp_avg", "exp_avg_sq")


def pair(seed: int, fused: bool | None = None) -> tuple[nn.Linear, Adam]:
    torch.manual_seed(seed)
    module = nn.Linear(3, 2)
    return module, Adam(module, 0.1, fused)


def learn(module: nn.Linear, optimiser: Adam | torch.optim.Adam, steps: int) -> None:
    for _ in range(steps):
        module.zero_grad()
        module(torch.tensor([1.0, -2.0, 0.5])).square().sum().backward()
        optimiser.step()


@pytest.mark.parametrize("fused", [None, True])
def test_it_is_torchs(fused: bool | None) -> None:
    module, optimiser = pair(0, fused)
    learn(module, optimiser, 5)
    expected, _ = pair(0)
    theirs = torch.optim.Adam(expected.parameters(), lr=0.1, fused=fused)
    learn(expected, theirs, 5)
    state = optimiser.pack("a")
    for name, parameter in expected.named_parameters():
        assert torch.equal(state[f"a.{name}"], parameter)
        assert all(torch.equal(state[f"a.adam.{key}.{name}"], theirs.state[parameter][key]) for key in KEYS)


@pytest.mark.parametrize("fused", [None, True])
def test_given_gradients_take_the_place_of_those_that_are_there(fused: bool | None) -> None:
    (one, first), (other, second) = pair(0, fused), pair(0, fused)
    learn(one, first, 1)
    # Not contiguous: the transpose of what is there.
    given = [one.weight.grad.T.contiguous().T, one.bias.grad]
    second.step(given)
    assert torch.equal(one.weight, other.weight) and torch.equal(one.bias, other.bias)


def test_the_learning_rate_can_change() -> None:
    module, optimiser = pair(0)
    before = module.weight.detach().clone()
    optimiser.learning_rate = 0.25
    learn(module, optimiser, 1)
    # Adam's first step is the learning rate, whatever the gradient's size.
    torch.testing.assert_close((module.weight - before).abs(), torch.full((2, 3), 0.25), rtol=1e-4, atol=0)


def test_a_parameter_without_a_gradient() -> None:
    module, optimiser = pair(0)
    module(torch.ones(3)).sum().backward()
    module.bias.grad = None
    with pytest.raises(ValueError, match="1 gradients for 2 parameters: each must be part of the loss"):
        optimiser.step()


def test_layout() -> None:
    names = {"a.weight", "a.bias"} | {f"a.adam.{key}.{n}" for key in KEYS for n in ("weight", "bias")}
    for steps in (0, 2):
        module, optimiser = pair(0)
        learn(module, optimiser, steps)
        state = optimiser.pack("a")
        assert set(state) == names
        assert state["a.adam.step.bias"] == steps
        assert state["a.adam.exp_avg.weight"].any() == bool(steps)


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_going_on_gives_the_same_bytes(steps: int) -> None:
    whole, first, second = pair(0), pair(0), pair(1)
    learn(*whole, 5)
    learn(*first, steps)
    learn(*second, 2)  # what was there before must leave no trace
    saved = {name: value.clone() for name, value in first[1].pack("a").items()}
    second[1].unpack("a", saved | whole[1].pack("b"))
    learn(*second, 5 - steps)
    found, expected = second[1].pack("a"), whole[1].pack("a")
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert all(torch.equal(saved[name], value) for name, value in first[1].pack("a").items())


@pytest.mark.parametrize("name", ["a.bias", "a.adam.exp_avg.weight"])
def test_a_missing_entry_changes_nothing(name: str) -> None:
    module, optimiser = pair(0)
    state = {key: value.clone() for key, value in pair(1)[1].pack("a").items() if key != name}
    before = module.weight.detach().clone()
    with pytest.raises(ValueError, match=f"the saved state has no {name}, .* delete it to start again"):
        optimiser.unpack("a", state)
    assert torch.equal(module.weight, before)


@pytest.mark.slow(6)
def test_learning_loads_no_compiler() -> None:
    learn = (
        "import sys, torch; from kmyriad.policies.adam import Adam; module = torch.nn.Linear(3, 2); adam = Adam(module, 0.1);"
        " module(torch.ones(3)).sum().backward(); torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0); adam.step();"
        " print('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", learn], capture_output=True, text=True, check=True).stdout == "False\n"
