"""A network and its Adam go on as before after packing and unpacking."""

import pytest
import torch
from torch import nn

from kmyriad.policies.optimiser_state import pack, unpack


def pair(seed: int) -> tuple[nn.Linear, torch.optim.Adam]:
    torch.manual_seed(seed)
    module = nn.Linear(3, 2)
    return module, torch.optim.Adam(module.parameters(), lr=0.1)


def learn(module: nn.Linear, optimiser: torch.optim.Adam, steps: int) -> None:
    for _ in range(steps):
        optimiser.zero_grad()
        module(torch.tensor([1.0, -2.0, 0.5])).square().sum().backward()
        optimiser.step()


def test_layout() -> None:
    names = {"a.weight", "a.bias"} | {
        f"a.adam.{key}.{n}" for key in ("step", "exp_avg", "exp_avg_sq") for n in ("weight", "bias")
    }
    for steps in (0, 2):
        module, optimiser = pair(0)
        learn(module, optimiser, steps)
        state = pack("a", module, optimiser)
        assert set(state) == names
        assert state["a.adam.step.bias"] == steps
        assert state["a.adam.exp_avg.weight"].any() == bool(steps)


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_going_on_gives_the_same_bytes(steps: int) -> None:
    whole, first, second = pair(0), pair(0), pair(1)
    learn(*whole, 5)
    learn(*first, steps)
    learn(*second, 2)  # what was there before must leave no trace
    saved = {name: value.clone() for name, value in pack("a", *first).items()}
    unpack("a", saved | pack("b", *whole), *second)
    learn(*second, 5 - steps)
    found, expected = pack("a", *second), pack("a", *whole)
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert all(torch.equal(saved[name], value) for name, value in pack("a", *first).items())


@pytest.mark.parametrize("name", ["a.bias", "a.adam.exp_avg.weight"])
def test_a_missing_entry_changes_nothing(name: str) -> None:
    module, optimiser = pair(0)
    state = {key: value.clone() for key, value in pack("a", *pair(1)).items() if key != name}
    before = module.weight.clone()
    with pytest.raises(ValueError, match=f"the saved state has no {name}, .* delete it to start again"):
        unpack("a", state, module, optimiser)
    assert torch.equal(module.weight, before)
