"""Running statistics are those of all observations at once, and travel wherever the policy does."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kmyriad.policies import MultiHeadPolicy
from kmyriad.policies.standardiser import Standardiser


def test_nothing_changes_before_the_first_update() -> None:
    obs = torch.tensor([[3.0, -20.0]])
    assert Standardiser(2)(obs).tolist() == [[3.0, -10.0]]


def test_worked_numbers() -> None:
    # 1, 3 and then 5, 7: mean 4, variance (9 + 1 + 1 + 9) / 4 = 5. The second feature never changes: variance at least 1e-4.
    each = Standardiser(2)
    each.update(torch.tensor([[1.0, 2.0], [3.0, 2.0]]))
    each.update(torch.tensor([[[5.0, 2.0]], [[7.0, 2.0]]]))
    assert (each.mean.tolist(), float(each.count)) == ([4.0, 2.0], 4.0)
    assert each.variance.tolist() == pytest.approx([5.0, 0.0])
    found = each(torch.tensor([[9.0, 2.001]]))
    assert found[0].tolist() == pytest.approx([5 / 5**0.5, 0.1], rel=1e-3)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=5), st.integers(0, 1000))
def test_batches_add_up(sizes: list[int], seed: int) -> None:
    rows = torch.randn(sum(sizes), 3, generator=torch.Generator().manual_seed(seed)) * 4 + 2
    each = Standardiser(3)
    for batch in rows.split(sizes):
        each.update(batch)
    torch.testing.assert_close(each.mean, rows.mean(0))
    torch.testing.assert_close(each.variance, rows.var(0, correction=0), rtol=1e-4, atol=1e-5)


def test_a_policy_sees_standardised_observations() -> None:
    plain, standardising = (MultiHeadPolicy(3, 2, 2, (8,), 6, seed=1, standardise=flag) for flag in (False, True))
    standardising.standardiser.update(torch.randn(40, 3) * 5 + 3)
    obs = torch.randn(4, 3) * 5
    seen = standardising.standardiser(obs)
    for one, two in zip(standardising(obs), plain(seen), strict=True):
        assert torch.equal(one, two)


def test_a_head_takes_the_statistics_along() -> None:
    policy = MultiHeadPolicy(3, 2, 2, (8,), 6, seed=1, standardise=True)
    policy.standardiser.update(torch.randn(40, 3) * 5 + 3)
    head = policy.select_head(1)
    assert torch.equal(head.standardiser.mean, policy.standardiser.mean)
    obs = torch.randn(6, 3)
    both = policy(torch.cat([obs, obs]))[0]
    torch.testing.assert_close(head(obs)[0], both[6:])
