"""A run is its epochs, one after the other, and a resumed one has those that are left."""

from dataclasses import dataclass

import pytest

from kmyriad.envs import make
from kmyriad.pretrain import Pretraining
from kmyriad.rollout import run_epochs
from kmyriad.settings import PretrainSettings


@dataclass
class Counter:
    next_epoch: int

    def run_epoch(self) -> int:
        self.next_epoch += 1
        return 10 * self.next_epoch


def test_what_is_left_is_run(capsys: pytest.CaptureFixture) -> None:
    assert run_epochs(Counter(1), 3, "counting", lambda row: f"row {row}") == [20, 30]
    bar = capsys.readouterr().err
    assert "counting: 100%" in bar and "3/3" in bar and "row 30" in bar
    assert run_epochs(Counter(3), 3, "counting", str, progress=False) == []
    assert capsys.readouterr().err == ""


def test_a_run_has_the_rows_of_its_epochs() -> None:
    settings = PretrainSettings(envs=4, horizon=5, epochs=2, trunk=(8,), adapter=8, k=1)
    one, other = (Pretraining(make("gymnasium:Pendulum-v1", 4), settings, 2, ["obs_0"], seed=3) for _ in range(2))
    rows = one.run(progress=False)
    assert [row.entropy for row in rows] == [other.run_epoch().entropy for _ in range(2)]
    assert one.run(progress=False) == []
