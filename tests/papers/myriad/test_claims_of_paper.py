"""Claims are judged on the runs that exist, and only on those."""

import pandas as pd
import pytest

from kmyriad.papers.claims import text
from kmyriad.papers.myriad.claims.paper import judge_divergence, judge_entropy


def metrics(environment: str, heads: int, finals: list[float]) -> pd.DataFrame:
    """Return 20 epochs a seed: entropy 0, and `finals` in the last two."""
    rows = [
        (environment, heads, seed, epoch, final if epoch >= 18 else 0.0)
        for seed, final in enumerate(finals)
        for epoch in range(20)
    ]
    return pd.DataFrame(rows, columns=["environment", "heads", "seed", "epoch", "entropy"])


def test_last_tenth_of_the_epochs_counts() -> None:
    table = judge_entropy(pd.concat([metrics("ant-empty", 1, [2.0, 2.1, 1.9]), metrics("ant-empty", 10, [1.0, 1.1, 0.9])]))
    (row,) = table.itertuples()
    assert row.claim == "ant-empty: entropy with heads 1 above that with 10 (nats)"
    assert row.ours == pytest.approx(1.0)
    assert (row.n, row.verdict) == (3, "supported")


def test_opposite_and_unclear_results() -> None:
    runs = [
        metrics("ant-cave", 50, [1.0, 1.1, 0.9]),
        metrics("ant-cave", 1, [2.0, 2.1, 1.9]),
        metrics("ant-cave", 10, [0.0, 1.0, 2.0]),
    ]
    verdicts = judge_entropy(pd.concat(runs)).set_index("claim")["verdict"]
    assert verdicts["ant-cave: entropy with heads 50 above that with 1 (nats)"] == "not supported"
    assert verdicts["ant-cave: entropy with heads 50 above that with 10 (nats)"] == "undecided"


def test_divergence_against_the_printed_numbers() -> None:
    kl = pd.DataFrame(
        [("ant-empty", heads, seed, mean + 0.01 * seed) for heads, mean in ((10, 0.98), (50, 2.0)) for seed in range(3)],
        columns=["environment", "heads", "seed", "kl"],
    )
    table = judge_divergence(kl.assign(kl_dealt=0.0))
    # 50 above 10: 1.02 +- a few hundredths. 10 heads: 0.99 +- 0.025 holds the paper's 0.9869; 50 heads: 2.01 is not 1.3337.
    assert list(table["verdict"]) == ["supported", "supported", "not supported"]
    assert list(table["paper"]) == ["above 0", "0.9869", "1.3337"]


def test_heads_part_only_where_they_do_so_beyond_chance() -> None:
    rows = [(heads, seed, kl + 0.01 * seed) for heads, kl in ((10, 1.3), (50, 2.3)) for seed in range(3)]
    kl = pd.DataFrame(rows, columns=["heads", "seed", "kl"]).assign(environment="ant-empty")
    name = "ant-empty: KL between heads, beyond chance, with heads 50 above that with 10 (nats)"
    as_chance = judge_divergence(kl.assign(kl_dealt=kl["heads"].map({10: 1.3, 50: 2.3}))).set_index("claim")
    assert as_chance.loc[name, "ours"] == pytest.approx(0) and as_chance.loc[name, "verdict"] == "undecided"
    assert name not in set(judge_divergence(kl)["claim"])  # without the control nothing is said


def test_what_was_not_run_is_absent() -> None:
    assert judge_entropy(metrics("mine", 3, [1.0])).empty
    assert text(judge_entropy(metrics("mine", 3, [1.0]))).startswith("None of the paper's")


def test_markdown_shows_interval_and_test() -> None:
    table = judge_entropy(pd.concat([metrics("ant-empty", 1, [2.0, 2.0]), metrics("ant-empty", 10, [1.0, 1.0])]))
    shown = text(table.assign(scale="desk"))
    assert (
        "| ant-empty: entropy with heads 1 above that with 10 (nats) | above 0 | 1.000 [1.000, 1.000] | 2 | desk | supported |"
        in shown
    )
    assert "Welch's t interval" in shown
