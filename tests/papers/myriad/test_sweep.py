"""The figure of a sweep, by numbers made by hand."""

import pandas as pd

from kmyriad.papers.myriad.sweep import draw, finals, with_settings

LABELS = [f"ant-maze@trust_region.clip={clip},envs={envs}" for clip in (0.3, 0.1) for envs in (8, 40)]


def metrics(epochs: int) -> pd.DataFrame:
    runs = [(label, heads, seed) for label in LABELS for heads in (1, 4) for seed in (0, 1)]
    rows = [(*run, epoch, epoch + run[2]) for run in runs for epoch in range(epochs)]
    return pd.DataFrame(rows, columns=["environment", "heads", "seed", "epoch", "entropy"])


def test_the_end_of_a_run_is_its_last_tenth_and_one_epoch_at_least() -> None:
    # epochs 18 and 19 of 20: 18.5, and seed 1 has one more; of 3 epochs only the last, 2
    assert finals(metrics(20)).groupby("seed")["entropy"].unique().map(list).to_dict() == {0: [18.5], 1: [19.5]}
    assert finals(metrics(3)).groupby("seed")["entropy"].unique().map(list).to_dict() == {0: [2], 1: [3]}


def test_the_first_setting_is_the_axis_and_the_others_are_columns() -> None:
    figure = draw(with_settings(finals(metrics(20))), LABELS, "a note")
    assert [axes.get_title() for axes in figure.axes] == ["envs=8", "envs=40"]
    axes = figure.axes[-1]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0.3", "0.1"]  # the order of the configuration
    assert axes.get_xlabel() == "trust_region.clip" and figure.axes[0].get_ylabel() == "state entropy (nats)"
    drawn = {round(float(y), 6) for line in axes.lines for y in line.get_ydata()}
    assert 19.0 in drawn  # the mean of both seeds


def test_one_setting_has_one_column() -> None:
    labels = ["ant-maze@envs=8", "ant-maze@envs=40"]
    table = pd.DataFrame({"environment": labels * 2, "heads": 1, "seed": [0, 0, 1, 1], "entropy": [1.0, 2.0, 1.0, 2.0]})
    assert len(draw(with_settings(table), labels, "").axes) == 1
