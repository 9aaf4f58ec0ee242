"""A grid over settings of pretraining: its points, their labels, and what is wrong with it in one line."""

import pytest
from pydantic import ValidationError

from kmyriad.papers.myriad.results import results
from kmyriad.settings import PretrainSettings
from kmyriad.settings.config import Config
from kmyriad.settings.sweep import changed, point_of

BASE = {"environments": ["ant-maze"], "heads": [1], "seeds": [0, 1]}
GRID = {"trust_region.clip": [0.1, 0.3], "envs": [40, 80, 120]}


def config(**sweep: object) -> Config:
    return Config.model_validate({**BASE, "pretrain": {"update": "trust-region"}, "sweep": {"environment": "ant-maze", **sweep}})


def test_every_combination_is_a_training_with_a_label() -> None:
    made = config(heads=[2, 5], grid=GRID)
    labels = made.sweep.labels()
    assert len(labels) == 6
    assert labels[:2] == ["ant-maze@trust_region.clip=0.1,envs=40", "ant-maze@trust_region.clip=0.1,envs=80"]
    training = made.trainings()["ant-maze@trust_region.clip=0.3,envs=120"].pretrain
    assert training.clipped.clip == 0.3
    assert training.envs == 120 and training.epochs == made.pretrain.epochs
    assert made.trainings()["ant-maze"].pretrain == made.pretrain


def test_the_label_says_what_the_point_changes() -> None:
    assert point_of("ant-maze@trust_region.clip=0.1,envs=40") == {"trust_region.clip": "0.1", "envs": "40"}


def test_one_rate_of_several_changes_alone() -> None:
    base = PretrainSettings(learning_rate={1: 1e-3, 50: 1e-4})
    assert changed(base, {"learning_rate.50": 5e-5}).learning_rate == {1: 1e-3, 50: 5e-5}


def test_without_a_grid_nothing_changes() -> None:
    plain, empty = Config.model_validate(BASE), Config.model_validate({**BASE, "sweep": {"heads": [2]}})
    assert plain.trainings() == empty.trainings()
    assert "sweep" not in {result.name for result in results(empty)}


def test_the_figure_is_of_every_run() -> None:
    (entry,) = (result for result in results(config(heads=[2, 5], grid=GRID)) if result.name == "sweep")
    assert len(entry.inputs) == 6 * 2 * 2  # points, heads, seeds
    assert entry.outputs("results")["pdf"] == "results/figures/sweep.pdf"


@pytest.mark.parametrize(
    ("sweep", "words"),
    [
        ({"grid": {"trust_regoin.clip": [0.1]}}, "did you mean 'trust_region.clip'?"),
        ({"grid": {"evns": [40]}}, "did you mean 'envs'?"),
        ({"grid": {"envs": ["many"]}}, "sweep.grid: envs: Input should be a valid integer"),
        ({"grid": {"envs": [40, 40]}}, "lists something twice"),
        ({"grid": {"objective": ["a/b"]}}, "values are in paths"),
        ({"grid": {"envs": [40]}, "heads": [7]}, "sweep.heads: 7 heads do not divide"),
        ({"grid": {"envs": [40]}, "environment": "ant-mase"}, "did you mean 'ant-maze'?"),
    ],
)
def test_wrong_grids(sweep: dict, words: str) -> None:
    with pytest.raises(ValidationError) as error:
        config(**sweep)
    assert words in str(error.value)
