"""Table 10: minutes and ratios by hand."""

import pandas as pd
import pytest

from kmyriad.collaborative.algorithms import make_learner
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Space
from kmyriad.papers.collaborative import table10
from kmyriad.settings.collaborative.study import MORE_UPDATES, CollaborativeBlock


def test_minutes_and_ratios() -> None:
    # Two blocks of 60 s each for both seeds of SAC, of 150 s for the three seeds of CE.
    rows = [
        {"task": "fish-swim", "arm": arm, "seed": seed, "epoch": epoch, "seconds_training": seconds}
        for arm, seconds, seeds in (("sac", 60.0, 2), ("ce", 150.0, 3))
        for seed in range(seeds)
        for epoch in range(2)
    ]
    found = table10.summarise(pd.DataFrame(rows), ["fish-swim", "maze"], ["sac", "replica", "ce"])
    assert found["minutes"].tolist() == pytest.approx([1, 5 / 3])
    assert found["ratio"].tolist() == pytest.approx([1, 5 / 3])
    assert found["printed_minutes"].tolist() == [26, 51]
    shown = table10.layout(found, ["sac", "replica", "ce"]).to_numpy().tolist()
    assert shown == [["fish-swim", "ours", "1.0 (1.0)", "-", "1.7 (1.7)"], ["fish-swim", "paper", "26 (1.0)", "-", "51 (2.0)"]]


def test_what_the_paper_does_not_print_is_absent() -> None:
    rows = [{"task": "maze", "arm": "sac", "seed": 0, "epoch": 0, "seconds_training": 6.0}]
    found = table10.summarise(pd.DataFrame(rows), ["maze"], ["sac", "ce"])
    assert found["printed_minutes"].isna().all()
    assert table10.layout(found, ["sac", "ce"]).to_numpy().tolist() == [["maze", "ours", "0.1 (1.0)", "-"]]


@pytest.mark.parametrize("arm", MORE_UPDATES)
def test_more_updates_are_a_multiple_of_the_scales(arm: str) -> None:
    block = CollaborativeBlock.model_validate(
        {"tasks": ["fish-swim"], "arms": [arm, "sac"], "settings": {"updates_per_step": 0.5}}
    )
    ours, sac = block.of(arm), block.of("sac")
    assert ours.updates_per_step == MORE_UPDATES[arm] * 0.5
    assert ours.model_copy(update={"updates_per_step": 0.5}) == sac
    # With one agent: as many more updates after a hundred steps.
    learner = make_learner(Space(3, 1), ours, Streams((0,)))
    found, usual = (sum(learner.updates_due(done, each.updates_per_step) for done in range(100)) for each in (ours, sac))
    assert (found, usual) == (MORE_UPDATES[arm] * 50, 50)
