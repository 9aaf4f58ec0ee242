"""Theorem 4.1 of De Paola et al., 2025: bound, samples, and what independent samples do."""

import itertools
import math

import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kmyriad.figures.draw import use_style
from kmyriad.gridworld.concentration import bound, deviations, samples_needed, specialists, tails
from kmyriad.gridworld.max_entropy import best_mixture
from kmyriad.gridworld.occupancy import entropy, specialisation
from kmyriad.gridworld.worlds import parse, world
from kmyriad.papers.pgpse import concentration as pgpse_concentration

COIN = torch.tensor([0.5, 0.5], dtype=torch.float64)


def test_bound_by_hand() -> None:
    # S = 2, Var = 1/4 + 1/4 = 1/2, H = log 2: 100 * 0.25 * 0.5 / (2 * 8 * 0.480453) = 12.5 / 7.687248 = 1.626069;
    # 4 exp(-1.626069) = 0.786806.
    assert bound(COIN, 100, 0.5) == pytest.approx(0.786806, rel=1e-5)


def test_samples_by_hand() -> None:
    # 2 * 8 * 0.480453 / (0.25 * 0.5) * log(4 / 0.05) = 61.49799 * 4.382027 = 269.486
    assert samples_needed(COIN, 0.5, 0.05) == pytest.approx(269.486, rel=1e-5)


def test_samples_needed_reach_the_bound() -> None:
    skewed = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64)
    n = math.ceil(samples_needed(skewed, 0.1, 0.01))
    assert bound(skewed, n, 0.1) <= 0.01 < bound(skewed, n - 1, 0.1)


def test_a_deterministic_distribution_never_deviates() -> None:
    sure = torch.tensor([[1.0, 0.0], [0.5, 0.5]], dtype=torch.float64)
    assert bound(sure, 10, 0.1)[0] == 0 < bound(sure, 10, 0.1)[1]
    assert samples_needed(sure, 0.1, 0.1)[0] == 0


def exact_tail(distribution: list[float], n: int) -> list[tuple[float, float]]:
    """(deviation, P(H(d) - H(d_n) is at least that)) for each that n samples can show, by enumeration of the counts."""
    states = len(distribution)
    height = -sum(p * math.log(p) for p in distribution if p > 0)
    chances: dict[float, float] = {}
    for head in itertools.product(range(n + 1), repeat=states - 1):
        counts = (*head, n - sum(head))
        if counts[-1] < 0 or any(k and not p for k, p in zip(counts, distribution, strict=True)):
            continue
        log_chance = math.lgamma(n + 1) - sum(math.lgamma(k + 1) for k in counts)
        log_chance += sum(k * math.log(p) for k, p in zip(counts, distribution, strict=True) if k)
        deviation = round(height + sum(k / n * math.log(k / n) for k in counts if k), 12)
        chances[deviation] = chances.get(deviation, 0.0) + math.exp(log_chance)
    ordered = sorted(chances, reverse=True)
    return list(zip(ordered, itertools.accumulate(chances[deviation] for deviation in ordered), strict=True))


def test_the_exact_tail_by_hand() -> None:
    # Two throws of a coin: 2 heads or 2 tails (1/2) lack log 2, one of each nothing.
    assert exact_tail([0.5, 0.5], 2) == [(pytest.approx(math.log(2)), pytest.approx(0.5)), (0.0, pytest.approx(1))]


@pytest.mark.slow(1)
@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=3), st.integers(1, 25))
def test_the_exact_tail_keeps_to_the_bound(parts: list[int], n: int) -> None:
    # P(. > eps) jumps at the deviations that occur; the bound falls in eps, so just below each is where it is tightest.
    distribution = [part / sum(parts) for part in parts]
    for deviation, chance in exact_tail(distribution, n):
        if deviation > 1e-9:
            assert chance <= bound(torch.tensor(distribution, dtype=torch.float64), n, deviation)


@pytest.mark.parametrize("rare", [0.01, 0.1, 0.5])
def test_the_bound_holds_where_it_says_something(rare: float) -> None:
    # With few samples it is above 1; here there are enough for it to fall far below at the largest deviation.
    distribution = torch.tensor([1 - rare, rare], dtype=torch.float64)
    n = int(20 * samples_needed(distribution, float(entropy(distribution)), 1.0)) + 1
    deviation, chance = exact_tail(distribution.tolist(), n)[0]
    assert chance <= bound(distribution, n, deviation) < 1e-6


def test_the_chernoff_step_of_the_proof_fails_for_rare_states() -> None:
    # (4) needs KL(p + e || p) >= e^2 / (2 p (1 - p)). p = 0.1, e = 0.4: 0.5 log 5 + 0.5 log(5/9) = 0.5108 < 0.16 / 0.18 = 0.8889.
    divergence = 0.5 * math.log(0.5 / 0.1) + 0.5 * math.log(0.5 / 0.9)
    assert divergence == pytest.approx(0.5108, abs=1e-4) and divergence < 0.4**2 / (2 * 0.1 * 0.9)


@pytest.mark.parametrize("agents", [1, 2])
def test_the_mean_lack_is_the_bias_of_miller_and_madow(agents: int) -> None:
    # One agent: (6 - 1) / (2 n). Two with 3 states each: the mean of (3 - 1) / (2 n / 2), so (6 - 2) / (2 n).
    teams = {1: [[1 / 6] * 6], 2: [[1 / 3] * 3 + [0] * 3, [0] * 3 + [1 / 3] * 3]}
    lack = deviations(torch.tensor(teams[agents], dtype=torch.float64), 1000, 4000, torch.Generator().manual_seed(0))
    assert lack.shape == (4000,)
    assert lack.mean() == pytest.approx((6 - agents) / 2000, rel=0.05)  # 4 standard errors are 4 %


def test_specialists_share_out_the_mixture() -> None:
    best = best_mixture(world("room-det"))
    team = specialists(best, 4)
    torch.testing.assert_close(team.mean(0), best.weights @ best.atoms)
    torch.testing.assert_close(team.sum(-1), torch.ones(4, dtype=torch.float64))
    assert specialisation(team).divergence > 0.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: deviations(COIN.expand(2, 2), 3, 1, torch.Generator()), "n = 3 samples can't be shared equally by 2 agents"),
        (lambda: bound(COIN, 0, 0.1), "n = 0 must be above 0"),
        (lambda: bound(COIN, 1, -1.0), "eps = -1.0 must be above 0"),
        (lambda: samples_needed(COIN, 0.1, 0.0), "delta = 0.0 must be above 0"),
        (lambda: bound(COIN * 2, 1, 0.1), "must be at least 0 and sum to 1"),
        (lambda: specialists(best_mixture(parse("two", "SF")), 0), "agents = 0 must be at least 1"),
    ],
)
def test_errors_are_one_line(call, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)


def test_tails_are_what_the_figure_draws() -> None:
    rows = tails(parse("cross", "-F-\nFSF\n-F-"), agents=(1, 2), repeats=50)
    assert rows == tails(parse("cross", "-F-\nFSF\n-F-"), agents=(1, 2), repeats=50)
    numbers = pd.DataFrame(rows)
    use_style()
    figure = pgpse_concentration.draw(numbers, "a note")
    drawn = [line.get_xydata().tolist() for line in figure.axes[1].get_lines() if line.get_linestyle() == "-"]
    measured = numbers[numbers["quantity"] == "tail"]
    assert drawn == [own[["n", "value"]].to_numpy().tolist() for _, own in measured.groupby("agents")]
