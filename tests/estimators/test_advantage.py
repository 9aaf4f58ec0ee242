"""Advantages by hand and against the sums that define them; explained variance and normalisation by hand."""

import math

import pytest
import torch

from kmyriad.estimators.advantage import explained_variance, gae, normalised


def column(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)[:, None]


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


REWARDS, VALUES = column(1, 0, 2), column(4, 2, -2, 6)
# With gamma = 1/2 the temporal differences r + V'/2 - V are 1 + 1 - 4 = -2, 0 - 1 - 2 = -3, 2 + 3 + 2 = 7.


@pytest.mark.parametrize(
    ("gae_lambda", "expected"),
    [
        # gamma lambda = 1/4: 7; -3 + 7/4; -2 - 1.25/4. Without the bootstrap the last would be 4.
        (0.5, (-2.3125, -1.25, 7)),
        # The temporal differences alone.
        (0.0, (-2, -3, 7)),
        # Discounted rewards and the bootstrap 6 less the value: 1 + 0 + 2/4 + 6/8 - 4; 0 + 2/2 + 6/4 - 2; 2 + 6/2 + 2.
        (1.0, (-1.75, 0.5, 7)),
    ],
)
def test_three_steps_by_hand(gae_lambda: float, expected: tuple[float, ...]) -> None:
    assert torch.equal(gae(REWARDS, VALUES, 0.5, gae_lambda), column(*expected))


def test_the_last_value_stands_for_the_future() -> None:
    # The end is a truncation: gamma lambda to the power 2, 1, 0 times gamma times one more in the last value.
    change = gae(REWARDS, VALUES + column(0, 0, 0, 1), 0.5, 0.5) - gae(REWARDS, VALUES, 0.5, 0.5)
    torch.testing.assert_close(change, column(0.5 / 16, 0.5 / 4, 0.5))


def test_values_that_are_right_leave_no_advantage() -> None:
    # A reward of 1 for ever is worth 1 / (1 - gamma) = 10 at every step, the last included.
    advantages = gae(torch.ones(7, 3), torch.full((8, 3), 10.0), 0.9, 0.95)
    torch.testing.assert_close(advantages, torch.zeros(7, 3), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("gamma", "gae_lambda"), [(0.99, 0.95), (1.0, 1.0), (0.9, 0.0), (0.0, 0.5)])
def test_equals_the_sum_that_defines_it(gamma: float, gae_lambda: float) -> None:
    rewards, values, expected = random(9, 4), random(10, 4), torch.zeros(9, 4, dtype=torch.float64)
    for env in range(4):
        for t in range(9):
            for later in range(t, 9):
                delta = rewards[later, env] + gamma * values[later + 1, env] - values[later, env]
                expected[t, env] += (gamma * gae_lambda) ** (later - t) * delta
    torch.testing.assert_close(gae(rewards, values, gamma, gae_lambda), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("rewards", "values", "numbers", "message"),
    [
        ((3,), (4,), (0.9, 0.9), r"rewards must have the shape \[T, m\], got \[3\]"),
        ((0, 2), (1, 2), (0.9, 0.9), r"rewards must have the shape \[T, m\], got \[0, 2\]"),
        ((3, 2), (3, 2), (0.9, 0.9), r"values must have the shape \[4, 2\], .* got \[3, 2\]"),
        ((3, 2), (4, 1), (0.9, 0.9), r"values must have the shape \[4, 2\], .* got \[4, 1\]"),
        ((3, 2), (4, 2), (1.1, 0.9), r"gamma = 1\.1 is outside \[0, 1\]"),
        ((3, 2), (4, 2), (0.9, -0.1), r"gae_lambda = -0\.1 is outside \[0, 1\]"),
    ],
)
def test_errors(rewards: tuple[int, ...], values: tuple[int, ...], numbers: tuple[float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        gae(torch.zeros(rewards), torch.zeros(values), *numbers)
    assert "\n" not in str(error.value)


def test_normalised_by_hand() -> None:
    # Mean 3; distances -2, 2, 4, -4 of mean square 10.
    found = normalised(torch.tensor([1.0, 5.0, 7.0, -1.0]))
    torch.testing.assert_close(found, torch.tensor([-2.0, 2.0, 4.0, -4.0]) / 10**0.5)


@pytest.mark.parametrize("level", [0.0, 0.1, 12345.678])
def test_equal_advantages_stay_without_effect(level: float) -> None:
    assert not normalised(torch.full((1000,), level)).any()


def test_the_floor_of_the_deviation() -> None:
    # Deviation 1e-10: divided by 1e-8 it gives 0.01, not 1.
    found = normalised(torch.tensor([1e-10, -1e-10]))
    torch.testing.assert_close(found, torch.tensor([0.01, -0.01]))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, 2, 3, 6), 1.0),  # perfect
        ((2, 3, 4, 7), 1.0),  # perfect but for a constant
        ((3, 3, 3, 3), 0.0),
        # Errors -1, 0, 1, 0 with variance 1/2; the returns have mean 3 and variance (4 + 1 + 0 + 9) / 4 = 3.5.
        ((2, 2, 2, 6), 6 / 7),
        # Errors 2, 4, 6, 12, twice the returns: four times their variance.
        ((-1, -2, -3, -6), -3.0),
    ],
)
def test_explained_variance_by_hand(value: tuple[float, ...], expected: float) -> None:
    returns = torch.tensor([1.0, 2.0, 3.0, 6.0])
    assert explained_variance(torch.tensor(value, dtype=torch.float32), returns) == pytest.approx(expected)


def test_nothing_to_explain() -> None:
    assert math.isnan(explained_variance(torch.tensor([1.0, 2.0]), torch.tensor([0.1, 0.1])))
