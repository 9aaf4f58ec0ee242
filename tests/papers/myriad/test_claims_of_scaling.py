"""Claims about more updates, on curves whose answer is known."""

import pandas as pd
import pytest

from kmyriad.papers.myriad.claims.scaling import judge_long_run


def curve(finals: dict[int, float], **columns: object) -> pd.DataFrame:
    """Return 20 epochs of entropy: the value of the last key of `finals` that the epoch has reached."""
    entropy = [finals[max(start for start in finals if start <= epoch)] for epoch in range(20)]
    return pd.DataFrame({"epoch": range(20), "entropy": entropy, **columns})


def long_run(one: dict[int, float], fifty: dict[int, float]) -> pd.DataFrame:
    """Return two seeds of 1 and of 50 heads, the second 0.1 nat higher throughout."""
    label = "ant-empty@epochs20"
    runs = [
        curve({epoch: end + 0.1 * seed for epoch, end in finals.items()}, environment=label, heads=heads, seed=seed)
        for heads, finals in ((1, one), (50, fifty))
        for seed in range(2)
    ]
    return pd.concat(runs)


def test_gap_narrows_from_the_short_runs_end_to_the_long_ones() -> None:
    # At epoch 9, the last tenth of 10, the gap is 2; in the last two of 20 it is 0.5.
    table = judge_long_run(long_run({0: 3.0}, {0: 1.0, 18: 2.5}), epochs=10)
    lead, narrowing = table.itertuples()
    assert lead.claim == "ant-empty: entropy with 1 head above that with 50, after 20 updates (nats)"
    assert lead.ours == pytest.approx(0.5)
    assert narrowing.claim == "ant-empty: decrease of that gap from update 10 to update 20 (nats)"
    assert narrowing.ours == pytest.approx(1.5)
    # Both seeds agree to the last digit, so the interval is a point.
    assert (narrowing.n, narrowing.verdict) == (2, "supported")


def test_a_widening_gap_is_not_supported() -> None:
    table = judge_long_run(long_run({0: 1.0, 18: 3.0}, {0: 0.5}), epochs=10)
    # The gap grows from 0.5 to 2.5, alike in both seeds.
    assert table["ours"].iloc[1] == pytest.approx(-2.0)
    assert table["verdict"].iloc[1] == "not supported"


def test_without_both_numbers_of_heads_there_is_no_claim() -> None:
    runs = long_run({0: 1.0}, {0: 1.0})
    assert judge_long_run(runs[runs["heads"] == 1], epochs=10).empty
