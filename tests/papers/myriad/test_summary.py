"""The numbers for `dvc metrics`, on tables whose means are known."""

import json
from pathlib import Path

import pandas as pd
import pytest

from kmyriad.papers.myriad import summary


def table(folder: Path, run: str, column: str, values: list[float]) -> str:
    """Write `values` by epoch (kl: by head) as the table of `run`, and return its path."""
    path = folder / run / "table.csv"
    path.parent.mkdir(parents=True)
    pd.DataFrame({"head" if column == "kl" else "epoch": range(len(values)), column: values}).to_csv(path, index=False)
    return str(path)


def summarise(folder: Path, **files: list[str]) -> dict:
    options = [word for name, paths in files.items() for word in (f"--{name}", *paths)]
    summary.main([*options, "--output", str(folder / "summary.json")])
    return json.loads((folder / "summary.json").read_text())


def test_means_by_environment_and_heads_or_init(tmp_path: Path) -> None:
    # 20 epochs: the last tenth are two. Seed 0: (1 + 2) / 2 = 1.5, seed 1: (4 + 5) / 2 = 4.5; mean 3.
    metrics = [
        table(tmp_path, "pretrain/ant-maze/heads10/seed0", "entropy", [9.0] * 18 + [1.0, 2.0]),
        table(tmp_path, "pretrain/ant-maze/heads10/seed1", "entropy", [9.0] * 18 + [4.0, 5.0]),
        table(tmp_path, "pretrain/ant-cave/heads1/seed0", "entropy", [0.0] * 18 + [-1.0, -1.0]),
    ]
    # Two heads: (1 + 2) / 2 and (3 + 4) / 2; mean 2.5.
    kl = [
        table(tmp_path, "diversity/ant-maze/heads10/seed0", "kl", [1.0, 2.0]),
        table(tmp_path, "diversity/ant-maze/heads10/seed1", "kl", [3.0, 4.0]),
    ]
    # Ten epochs: the last one. Two goals: (0.2 + 0.6) / 2.
    outside = [
        table(tmp_path, "finetune/ant-maze/random/goal0/seed0", "success", [0.0] * 9 + [0.2]),
        table(tmp_path, "finetune/ant-maze/random/goal1/seed0", "success", [0.0] * 9 + [0.6]),
        table(tmp_path, "finetune/ant-maze/heads10/goal0/seed0", "success", [0.0] * 9 + [1.0]),
    ]
    assert summarise(tmp_path, metrics=metrics, kl=kl, outside=outside) == {
        "entropy": {"ant-maze": {"heads10": 3.0}, "ant-cave": {"heads1": -1.0}},
        "success": {"ant-maze": {"random": 0.4, "heads10": 1.0}},
        "kl": {"ant-maze": {"heads10": 2.5}},
    }


def test_single_heads_have_no_divergence(tmp_path: Path) -> None:
    metrics = [table(tmp_path, "pretrain/ant-maze/heads1/seed0", "entropy", [1 / 3])]
    assert summarise(tmp_path, metrics=metrics) == {"entropy": {"ant-maze": {"heads1": 0.333333}}, "success": {}, "kl": {}}


def test_a_missing_file_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: .*No such file.*heads1/seed0/metrics\.csv"):
        summarise(tmp_path, metrics=["nowhere/ant-maze/heads1/seed0/metrics.csv"])
