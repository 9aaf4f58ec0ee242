"""The log distance to memory banks, by hand."""

import math

import pytest
import torch

from kmyriad.collaborative.intrinsic.distance import LEAST, Features, log_distance_reward

QUERY = torch.tensor([[[0.0, 0.0]]])
# Agent 0 has been 1, 2 and 5 m away, agent 1 has been 3, 4 and 6 m away.
BANKS = torch.tensor([[[[1.0, 0.0], [0.0, 2.0], [3.0, 4.0]], [[3.0, 0.0], [0.0, 4.0], [6.0, 0.0]]]])


@pytest.mark.parametrize(
    ("k", "weight", "expected"),
    [
        (1, 1.0, (math.log(1), math.log(3))),
        (2, 1.0, (math.log(2), math.log(4))),
        (2, 0.5, (math.log(8) / 2, math.log(8) / 2)),  # half one's own, half the other's
        (2, 0.0, (math.log(4), math.log(2))),
        (9, 1.0, (math.log(5), math.log(6))),  # a bank holds fewer
    ],
)
def test_the_kth_nearest_counts(k: int, weight: float, expected: tuple[float, float]) -> None:
    assert log_distance_reward(QUERY, BANKS, k, weight)[0, :, 0].tolist() == pytest.approx(expected, abs=1e-6)


def test_or_the_mean_of_the_k_nearest() -> None:
    found = log_distance_reward(QUERY, BANKS, 2, 1.0, "mean")[0, :, 0].tolist()
    assert found == pytest.approx((math.log(2) / 2, math.log(12) / 2), abs=1e-6)


def test_a_state_that_is_in_the_bank_itself() -> None:
    assert log_distance_reward(BANKS[:, 0, :1], BANKS, 1, 1.0)[0, 0, 0] == pytest.approx(math.log(LEAST))


def test_a_slow_reference() -> None:
    generator = torch.Generator().manual_seed(0)
    queries, banks = torch.randn(2, 7, 3, generator=generator), torch.randn(2, 4, 9, 3, generator=generator)
    found = log_distance_reward(queries, banks, 3, 0.25)
    for seed in range(2):
        for place in range(7):
            own = [sorted(math.dist(queries[seed, place], state) for state in banks[seed, agent])[2] for agent in range(4)]
            for agent in range(4):
                others = [math.log(own[other]) for other in range(4) if other != agent]
                expected = 0.25 * math.log(own[agent]) + 0.75 * sum(others) / 3
                assert float(found[seed, agent, place]) == pytest.approx(expected, abs=1e-5)


def test_without_indices_all_features_count() -> None:
    states = torch.arange(6.0).view(1, 2, 3)
    assert torch.equal(Features(()).embed(states), states)
    assert Features((2, 0)).embed(states).tolist() == [[[2.0, 0.0], [5.0, 3.0]]]
