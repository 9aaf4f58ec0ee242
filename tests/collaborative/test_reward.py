"""Eqs. 2 and 3 by hand, their identities, and the ways to find the k-th neighbour."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kmyriad.collaborative import collaborative_reward
from kmyriad.collaborative.intrinsic.encoder import Encoder
from kmyriad.collaborative.intrinsic.reward import Novelty, nearest
from kmyriad.collaborative.replay import Batch
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.arm import RewardSettings

# z = (1, 0) has cosines 1 and 3/5 to the first agent's bank, 0 and 4/5 to the second's.
QUERY = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
BANKS = torch.tensor([[[1.0, 0.0], [3.0, 4.0]], [[0.0, 1.0], [4.0, 3.0]]], dtype=torch.float64)


@pytest.mark.parametrize(
    ("reduction", "weight", "expected"),
    [
        ("kth", 1.0, (-0.6, 0.0)),  # the second neighbour of two is the farther one
        ("kth", 0.5, (-0.3, -0.3)),
        ("kth", 0.75, (-0.45, -0.15)),  # 0.75 * -0.6 + 0.25 * 0, 0.75 * 0 + 0.25 * -0.6
        ("kth", 0.0, (0.0, -0.6)),  # the other's only
        ("mean", 1.0, (-0.8, -0.4)),
        ("mean", 0.5, (-0.6, -0.6)),
        ("mean", 0.75, (-0.7, -0.5)),
    ],
)
def test_five_points_by_hand(reduction: str, weight: float, expected: tuple[float, float]) -> None:
    found = collaborative_reward(QUERY, BANKS, 2, weight, reduction)
    assert found[:, 0].tolist() == pytest.approx(expected)


def test_the_nearest_of_two() -> None:
    assert collaborative_reward(QUERY, BANKS, 1, 1.0)[:, 0].tolist() == pytest.approx((-1.0, -0.8))


def test_a_bank_that_fills_counts_all_it_has() -> None:
    assert torch.equal(collaborative_reward(QUERY, BANKS, 20, 0.5), collaborative_reward(QUERY, BANKS, 2, 0.5))


def test_only_directions_matter() -> None:
    queries, banks = problem(0)
    found = collaborative_reward(queries * 7, banks * torch.rand(3, 11, 1), 4, 0.3)
    torch.testing.assert_close(found, collaborative_reward(queries, banks, 4, 0.3))


def test_zeros_are_like_nothing() -> None:
    assert collaborative_reward(torch.zeros(1, 2), BANKS.float(), 1, 0.5).tolist() == [[0.0], [0.0]]


def problem(seed: int, agents: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(6, 5, generator=generator, dtype=torch.float64),
        torch.randn(agents, 11, 5, generator=generator, dtype=torch.float64),
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5), st.floats(0, 1), st.sampled_from(["kth", "mean"]))
def test_identities(seed: int, agents: int, weight: float, reduction: str) -> None:
    queries, banks = problem(seed, agents)
    own = collaborative_reward(queries, banks, 4, 1.0, reduction)
    found = collaborative_reward(queries, banks, 4, weight, reduction)
    # R_i - R_j = (w N - 1) / (N - 1) (r_i - r_j), and the mean over agents is that of r for every w.
    factor = (weight * agents - 1) / (agents - 1)
    torch.testing.assert_close(found[1:] - found[:1], factor * (own[1:] - own[:1]), rtol=0, atol=1e-12)
    torch.testing.assert_close(found.mean(0), own.mean(0))
    order = torch.randperm(agents, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(collaborative_reward(queries, banks[order], 4, weight, reduction), found[order])
    alike = collaborative_reward(queries, banks, 4, 1 / agents, reduction)
    torch.testing.assert_close(alike, alike[:1].expand_as(alike))


@pytest.mark.parametrize("k", [1, 2, 20, 300])
def test_partition_finds_what_topk_finds(k: int) -> None:
    similarity = torch.randn(16, 4, 300, generator=torch.Generator().manual_seed(k))
    similarity[0, 0, :40] = 1.0  # ties
    largest = similarity.topk(k).values
    assert torch.equal(nearest(similarity.clone(), k, "kth"), largest[..., -1])
    torch.testing.assert_close(nearest(similarity.clone(), k, "mean"), largest.mean(-1))


def test_seeds_side_by_side() -> None:
    problems = [problem(seed) for seed in (0, 1)]
    queries, banks = (torch.stack(each) for each in zip(*problems, strict=True))
    each = torch.stack([collaborative_reward(*one, 4, 0.5) for one in problems])
    torch.testing.assert_close(collaborative_reward(queries, banks, 4, 0.5), each)


def test_rewards_of_own_batches(counting_replay) -> None:
    # Agent i's reward for its own batch is row i of the rewards that everybody would have for that batch.
    replay, streams = counting_replay(2, 3, 40, 33), Streams((0, 1))
    novelty = Novelty(Encoder(), RewardSettings(k=2, bank=4, encoder="identity", shift=1.0))
    batch = replay.sample(5, False, streams)
    found = novelty.rewards(batch, replay)
    banks = replay.bank(4, 5)
    for group in range(2):
        for agent in range(3):
            expected = collaborative_reward(batch.next_obs[group, agent], banks[group], 2, 0.5)[agent] + 1
            torch.testing.assert_close(found[group, agent], expected)


def test_rewards_of_a_shared_batch(counting_replay) -> None:
    replay, streams = counting_replay(2, 3, 40, 33), Streams((0, 1))
    batch: Batch = replay.sample(5, True, streams)
    found = Novelty(Encoder(), RewardSettings(k=2, bank=4, encoder="identity")).rewards(batch, replay)
    expected = collaborative_reward(batch.next_obs[:, 0], replay.bank(4, 5), 2, 0.5)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: collaborative_reward(QUERY, BANKS, 0, 0.5), "k = 0 neighbours can't be found: use k >= 1"),
        (lambda: collaborative_reward(QUERY, BANKS, 1, 1.5), r"weight = 1.5 must be in \[0, 1\]"),
        (lambda: collaborative_reward(QUERY, BANKS, 1, float("nan")), "weight = nan must be in"),
        (lambda: collaborative_reward(QUERY, BANKS[:1], 1, 0.5), "one agent has no others .* weight = 0.5: set it to 1"),
        (lambda: collaborative_reward(QUERY, BANKS[:, :0], 1, 0.5), "every bank needs at least one embedding"),
        (
            lambda: collaborative_reward(QUERY[:, :1], BANKS, 1, 0.5),
            r"queries \[B, D\] and banks \[N, n, D\], got queries \[1, 1\]",
        ),
        (lambda: collaborative_reward(QUERY, BANKS[0], 1, 0.5), r"got queries \[1, 2\] and banks \[2, 2\]"),
        (lambda: collaborative_reward(QUERY, BANKS, 1, 0.5, "kht"), "unknown reduction 'kht'; did you mean 'kth'"),
    ],
)
def test_errors_are_one_line(call, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)


def test_one_agent_with_its_own_novelty() -> None:
    assert collaborative_reward(QUERY, BANKS[:1], 2, 1.0).tolist() == [[pytest.approx(-0.6)]]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("place", "words"), [((0, 3, 1), "query 3 is not finite"), ((0, 1, 4, 0), "embedding 4 in the bank of agent 1")]
)
def test_a_number_that_is_not_finite_is_named(value: float, place: tuple[int, ...], words: str) -> None:
    # With k = 20 the reward would be finite, and wrong.
    generator = torch.Generator().manual_seed(0)
    queries, banks = torch.randn(1, 8, 3, generator=generator), torch.randn(1, 2, 40, 3, generator=generator)
    (queries if len(place) == 3 else banks)[place] = value
    with pytest.raises(ValueError, match=words) as error:
        collaborative_reward(queries, banks, 20, 0.5)
    assert "\n" not in str(error.value)
