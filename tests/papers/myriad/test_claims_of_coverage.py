"""Claims about noise, updates and trajectories, on tables whose answer is known."""

import pandas as pd
import pytest

from kmyriad.papers.myriad.claims.coverage import judge_budgets, judge_noise, judge_updates


def trained(entropies: list[float], distances: list[float], update: str = "trust-region") -> pd.DataFrame:
    rows = [
        {"environment": "ant-empty", "update": update, "heads": 10, "seed": seed, "acting": acting}
        | {"entropy": entropy if acting == "sampled" else 0.0, "distance_mean": distance if acting == "mean" else 99.0}
        for seed, (entropy, distance) in enumerate(zip(entropies, distances, strict=True))
        for acting in ("sampled", "mean")
    ]
    return pd.DataFrame(rows)


def noises(heads: int = 10) -> pd.DataFrame:
    """Entropies 2, 2.2 at noise 1 and 3, 3.2 at noise 2.7; distances of mean actions 0.1 everywhere."""
    rows = [
        {"environment": "ant-empty", "heads": heads, "noise": noise, "seed": seed, "acting": acting}
        | {"entropy": base + 0.2 * seed, "distance_mean": 0.1}
        for noise, base in ((1.0, 2.0), (2.7, 3.0))
        for seed in (0, 1)
        for acting in ("sampled", "mean")
    ]
    return pd.DataFrame(rows)


def test_pretraining_against_the_best_noise() -> None:
    sampled, mean = judge_noise(trained([4.0, 4.2], [5.0, 5.2]), noises()).itertuples()
    assert sampled.claim.startswith("ant-empty: entropy of sampled actions, 10 heads by trust-region above untrained")
    assert "2.7 (nats)" in sampled.claim
    assert sampled.ours == pytest.approx(1.0)
    # Both variances of the mean are 0.01: standard error sqrt 0.02, Welch's degrees 2, t = 4.302653.
    assert sampled.high - sampled.ours == pytest.approx(4.302653 * 0.02**0.5, rel=1e-5)
    assert (sampled.n, sampled.verdict) == (2, "supported")
    assert mean.ours == pytest.approx(5.0)
    assert mean.claim.endswith("(m)")


def test_louder_noise_only_is_no_learning() -> None:
    sampled, mean = judge_noise(trained([2.0, 2.1], [0.1, 0.1]), noises()).itertuples()
    assert sampled.verdict == "not supported"
    assert mean.verdict == "undecided"


def test_noise_of_another_number_of_heads_is_no_control() -> None:
    assert judge_noise(trained([4.0, 4.2], [5.0, 5.2]), noises(heads=1)).empty


def test_updates_at_equal_samples() -> None:
    both = pd.concat([trained([4.0, 4.2], [5.0, 5.0]), trained([2.0, 2.2], [0.1, 0.1], "gradient")])
    (row,) = judge_updates(both).itertuples()
    assert row.ours == pytest.approx(2.0)
    assert row.verdict == "supported"
    assert judge_updates(trained([4.0], [5.0])).empty


def test_entropy_gained_per_doubling_on_equal_terms() -> None:
    # Seed 0 gains 0.5 nat from 100 to 200 and again from 200 to 400 trajectories, seed 1 0.7, seed 2 0.6: mean 0.6.
    rows = [
        {"environment": "ant-empty", "envs": 100 * 2**doublings, "seed": seed, "acting": acting}
        | {"entropy": 1 + gain * doublings if acting == "sampled" else 5.0 - doublings}
        for seed, gain in enumerate((0.5, 0.7, 0.6))
        for doublings in range(3)
        for acting in ("sampled", "mean")
    ]
    (row,) = judge_budgets(pd.DataFrame(rows)).itertuples()
    assert row.claim == "ant-empty: entropy gained with each doubling of the trajectories in training (nats)"
    assert row.ours == pytest.approx(0.6)
    # sd 0.1, standard error 0.057735, times t(0.975, 2) = 4.302653.
    assert row.high - row.ours == pytest.approx(0.248414, abs=1e-5)
    assert (row.n, row.verdict) == (3, "supported")
