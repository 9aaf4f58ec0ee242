"""The numbers of the comparison's figures and table, from tables made by hand."""

import numpy as np
import pandas as pd
import pytest

from kmyriad.papers.side_by_side.claims import judge_measures
from kmyriad.papers.side_by_side.curves import against
from kmyriad.papers.side_by_side.maps import first_seeds, picture
from kmyriad.papers.side_by_side.runs import COLOURS, SENT, TRAINED
from kmyriad.papers.side_by_side.table import success
from kmyriad.settings.side_by_side import METHODS


def test_every_method_has_a_colour() -> None:
    assert COLOURS.keys() == METHODS.keys()


def test_runs_are_read_off_their_paths() -> None:
    assert TRAINED.of("r/side_train/Room/kmyriad/seed3/measures.csv") == ("Room", "kmyriad", 3)
    assert SENT.of("r/side_finetune/Room/ce/goal1/seed3/metrics.csv") == ("Room", "ce", 1, 3)


def test_early_and_late_success_are_fifths_of_the_rollouts() -> None:
    run = {"place": "Room", "method": "ce", "goal": 0, "seed": 1}
    rows = pd.DataFrame([{**run, "epoch": epoch, "success": epoch / 10} for epoch in range(10)])
    found = success(rows).iloc[0]
    assert (found["early"], found["late"]) == pytest.approx((0.05, 0.85))  # epochs 0 and 1, 8 and 9


def test_success_is_averaged_over_goals() -> None:
    rows = [{"place": "Room", "method": "ce", "goal": goal, "seed": 1, "epoch": 0, "success": float(goal)} for goal in (0, 1)]
    assert success(pd.DataFrame(rows))["late"].tolist() == [0.5]


def test_seconds_add_up_and_the_best_noise_is_a_level_line() -> None:
    rows = [
        {
            "place": "Room",
            "method": method,
            "seed": 1,
            "epoch": epoch,
            "env_steps": steps,
            "seconds_training": 2.0,
            "entropy": value,
        }
        for method, epoch, steps, value in [
            ("ce", 0, 100, 1.0),
            ("ce", 1, 200, 2.0),
            ("untrained", 0, 0, 0.3),
            ("untrained", 1, 0, 0.7),
        ]
    ]
    table = against(pd.DataFrame(rows)).set_index(["method", "epoch"])
    assert table.loc["ce", "seconds"].tolist() == [2.0, 4.0]
    assert table.loc["untrained", "entropy"].tolist() == [0.7, 0.7]
    assert table.loc["untrained", "env_steps"].tolist() == [0.0, 200.0]
    assert table.loc["untrained", "seconds"].tolist() == [0.0, 4.0]


def test_the_map_mixes_colours_by_visits() -> None:
    visits = pd.DataFrame({"agent": [0, 1, 1], "x": [0.0, 0.0, 1.0], "y": [0.0, 0.0, 0.0], "visits": [3, 1, 4]})
    colours = picture(visits, np.array([0.0, 1.0]), np.array([0.0, 1.0]), 1.0)
    first, second = np.array([0, 0x72, 0xB2]) / 255, np.array([0xE6, 0x9F, 0]) / 255
    np.testing.assert_allclose(colours[0, 0], 0.75 * first + 0.25 * second)
    np.testing.assert_allclose(colours[0, 1], second)
    np.testing.assert_allclose(colours[1], 1)  # nobody


def test_maps_show_the_first_seed_of_each_method() -> None:
    visits = pd.DataFrame({"place": "Room", "method": ["ce", "ce", "rnd"], "seed": [2, 1, 5], "visits": 1})
    assert first_seeds(visits)["seed"].tolist() == [1, 5]


def test_verdicts_follow_the_interval_of_the_difference() -> None:
    values = {"kmyriad": (3.0, 3.1, 3.2), "copies": (1.0, 1.1, 1.2), "own": (3.0, 3.2, 3.1)}
    rows = [
        {"place": "Room", "method": method, "seed": seed, "acting": "sampled", "entropy": value, "divergence": 0.0}
        for method, each in values.items()
        for seed, value in enumerate(each)
    ]
    found = judge_measures(pd.DataFrame(rows)).set_index("claim")
    copies = found.loc["Room: N heads see more than N copies of one (nats)"]
    assert (copies["verdict"], copies["ours"], copies["n"]) == ("supported", pytest.approx(2.0), 3)
    own = found.loc["Room: on-policy: a common entropy gives more than everybody's own (nats)"]
    assert own["verdict"] == "undecided"
