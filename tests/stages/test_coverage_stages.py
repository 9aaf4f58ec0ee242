"""From policies to tables of coverage, trained and untrained, and to the figure and the verdicts made of them."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch

from kmyriad.jobs.checkpoint import save_policy
from kmyriad.papers.myriad import coverage
from kmyriad.papers.myriad.coverage_runs import best_untrained, read_trained, read_untrained
from kmyriad.policies import MultiHeadPolicy
from kmyriad.stages import coverage_trained, coverage_untrained

JOB = {"environment": "ant-empty", "seed": 0, "envs": 4, "batch": 2, "horizon": 24, "k": 5, "threads": 1}
NOISES = {**JOB, "heads": 2, "noises": [0.2, 2.0], "pretrain": {"trunk": [8], "adapter": 4}, "log_std_range": [-5, 2]}


def trained(folder: Path, environment: str) -> Path:
    run = folder / environment / "heads2" / "seed0"
    policy = MultiHeadPolicy(62, 8, 2, trunk=(8,), adapter=4, seed=0)
    save_policy(run / "policy.safetensors", policy, {})
    table = folder / "coverage_trained" / environment / "heads2" / "seed0" / "coverage.csv"
    paths = ["--policy", str(run / "policy.safetensors"), "--table", str(table)]
    coverage_trained.main(["--job", json.dumps(JOB), *paths])
    return table


def untrained(folder: Path) -> Path:
    table = folder / "coverage_untrained" / "ant-empty" / "heads2" / "seed0" / "coverage.csv"
    coverage_untrained.main(["--job", json.dumps(NOISES), "--table", str(table)])
    return table


def test_louder_noise_goes_farther(tmp_path: Path) -> None:
    table = pd.read_csv(untrained(tmp_path))
    assert list(table["noise"]) == [0.2, 0.2, 2.0, 2.0]
    assert list(table["acting"]) == ["sampled", "mean"] * 2
    assert table["std"].tolist() == pytest.approx(table["noise"].tolist(), rel=1e-4)
    quiet, loud = table[table["acting"] == "sampled"].itertuples()
    assert loud.entropy > quiet.entropy and loud.saturated > 0.1 > quiet.saturated
    still = table[table["acting"] == "mean"]
    assert (still["distance_mean"] < 1.0).all(), "mean actions of random weights do not walk"
    first, second = table[table["acting"] == "mean"].itertuples()
    assert first.distance_mean == second.distance_mean, "the noise changes nothing of the mean"


def test_the_same_policy_gives_the_same_rows(tmp_path: Path) -> None:
    first, second = (trained(tmp_path / name, "ant-empty").read_bytes() for name in "ab")
    assert first == second
    table = pd.read_csv(tmp_path / "a/coverage_trained/ant-empty/heads2/seed0/coverage.csv")
    assert list(table["acting"]) == ["sampled", "mean"]
    assert list(table["trajectories"]) == [4, 2]


def test_runs_of_another_update_are_told_by_their_folder(tmp_path: Path) -> None:
    files = [str(trained(tmp_path, name)) for name in ("ant-empty", "ant-empty@gradient")]
    table = read_trained(files, "trust-region")
    assert set(zip(table["environment"], table["update"], strict=True)) == {
        ("ant-empty", "trust-region"),
        ("ant-empty", "gradient"),
    }


def test_the_best_noise_is_the_one_with_the_best_mean() -> None:
    # Noise 1: 1 and 4, mean 2.5; noise 2: 3 and 3. Mean actions do not count.
    columns = ["environment", "heads", "noise", "acting", "seed", "entropy_of_batch"]
    rows = [("a", 1, 1.0, "sampled", 0, 1.0), ("a", 1, 1.0, "sampled", 1, 4.0), ("a", 1, 2.0, "mean", 0, 9.0)]
    rows += [("a", 1, 2.0, "sampled", seed, 3.0) for seed in (0, 1)]
    assert best_untrained(pd.DataFrame(rows, columns=columns)) == {"a": 3.0}
    assert best_untrained(read_untrained([])) == {}


def test_the_figure(tmp_path: Path) -> None:
    files = [str(trained(tmp_path, name)) for name in ("ant-empty", "ant-empty@gradient")] + [str(untrained(tmp_path))]
    job = {"environments": ["ant-empty"], "update": "trust-region", "note": "a note"}
    coverage.main(["--job", json.dumps(job), "--inputs", *files, "--output", str(tmp_path / "coverage.pdf")])
    plt.close("all")
    numbers = pd.read_csv(tmp_path / "coverage.csv")
    chosen = numbers[(numbers["quantity"] == "entropy") & (numbers["acting"] == "sampled")]
    assert sorted(chosen["update"]) == ["gradient", "none", "none", "trust-region"]
    expected = pd.read_csv(files[-1]).query("acting == 'sampled'").set_index("noise")["entropy"]
    found = chosen[chosen["update"] == "none"].set_index("noise")["mean"]
    torch.testing.assert_close(torch.tensor(found.values), torch.tensor(expected.values), rtol=1e-4, atol=0)
    assert (tmp_path / "coverage.png").read_bytes().startswith(b"\x89PNG")
