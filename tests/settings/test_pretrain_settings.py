"""Settings of pretraining: what does not fit is told in a line, and defaults leave Algorithm 1's jobs as they were."""

import pytest
from pydantic import ValidationError

from kmyriad.settings import PretrainSettings
from kmyriad.settings.config import Config

ANTS = {"environments": ["ant-empty"], "heads": [1, 10], "pretrain": {"envs": 100}, "coverage": {"envs": 100}}


def told(raw: dict) -> str:
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(raw)
    return caught.value.errors()[0]["msg"].removeprefix("Value error, ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trust_region": {}}, "trust_region is set and update is gradient, which has no use for it: set update to trust-region"),
        (
            {"update": "trust-region", "trust_region": {"minibatch": 255}},
            "heads: 10 heads do not divide pretrain.trust_region.minibatch = 255: take 260",
        ),
        ({"initial_std": 9.0}, "initial_std = 9 is outside log_std_range, which reaches from 0.00674 to 7.39"),
        ({"grow": {5: 1}}, "grow says nothing of epoch 0: start it with one, e.g. {0: 1, 5: 10}"),
        ({"grow": {}}, "grow says nothing of epoch 0"),
        ({"grow": {0: 4, 9: 10}}, "grow: 4 heads at epoch 0, then 10 at epoch 9: take a larger multiple of 4"),
        ({"grow": {0: 10, 9: 1}}, "grow: 10 heads at epoch 0, then 1 at epoch 9: take a larger multiple of 10"),
        ({"grow": {0: 1, 9: 5}}, "heads: pretrain.grow ends at 5 heads and never reaches 10: add an epoch for them"),
        ({"grow": {0: 4, 9: 20}}, "heads: pretrain.grow passes 4 heads, which do not divide 10"),
        (
            {"update": "trust-region", "trust_region": {"learning_rate": {5: 1e-4}}},
            "learning_rate must say what holds from 1 head",
        ),
        ({"update": "trust_region"}, "Input should be 'gradient' or 'trust-region'"),
    ],
)
def test_what_does_not_fit(change: dict, words: str) -> None:
    assert told({**ANTS, "pretrain": {**ANTS["pretrain"], **change}}).startswith(words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"coverage": {"envs": 95}}, "heads: 10 heads do not divide coverage.envs = 95"),
        ({"coverage": {"noises": [0.2, 9]}}, "noises = 9 is outside log_std_range"),
    ],
)
def test_what_does_not_fit_around_it(change: dict, words: str) -> None:
    assert told({**ANTS, **change}).startswith(words)


def test_heads_of_each_epoch() -> None:
    settings = PretrainSettings(grow={0: 1, 200: 10, 400: 50})
    assert [settings.heads_at(50, epoch) for epoch in (0, 199, 200, 399, 400, 900)] == [1, 1, 10, 10, 50, 50]
    assert [settings.heads_at(10, epoch) for epoch in (0, 200, 400)] == [1, 10, 10]
    assert settings.heads_at(1, 500) == 1
    assert PretrainSettings().heads_at(10, 0) == 10
    assert PretrainSettings(grow={0: 1, 20: None, 30: 5}).grow == {0: 1, 30: 5}, "null takes an epoch back"


def test_the_order_of_keys_tells_no_jobs_apart() -> None:
    # Snakemake merges the config anew for each job on a cluster, in another order.
    one = PretrainSettings(grow={0: 1, 9: 10}, learning_rate={1: 0.1, 50: 0.2})
    two = PretrainSettings(grow={9: 10, 0: 1}, learning_rate={50: 0.2, 1: 0.1})
    assert one.model_dump_json() == two.model_dump_json()


def test_step_sizes() -> None:
    plain = PretrainSettings(learning_rate={1: 0.4, 50: 1.0}, milestones=[3], decay=0.5)
    assert [plain.rate(heads, epoch) for heads, epoch in ((1, 2), (49, 3), (50, 2), (60, 9))] == [0.4, 0.2, 1.0, 0.5]
    clipped = {"update": "trust-region", "trust_region": {"learning_rate": {1: 0.1, 10: 0.2}}}
    assert PretrainSettings.model_validate(clipped).rate(10, 500) == 0.2, "milestones are Algorithm 1's"


def test_what_is_not_asked_for_is_no_part_of_a_job() -> None:
    text = PretrainSettings().model_dump_json()
    assert not any(name in text for name in ("update", "trust_region", "initial_std", "grow"))
    clipped = PretrainSettings(update="trust-region").model_dump_json()
    assert '"update":"trust-region"' in clipped
    assert PretrainSettings.model_validate_json(clipped) == PretrainSettings(update="trust-region")


def test_the_control_has_the_other_update_and_as_many_samples() -> None:
    config = Config.model_validate({**ANTS, "control": {"environments": ["ant-empty"]}})
    control = config.trainings()["ant-empty@trust-region"]
    assert control.pretrain.update == "trust-region"
    assert control.pretrain.envs == 100
    clipped = {"trust_region": {"clip": 0.1}, "grow": {0: 1, 9: 50}}
    pretrain = {**ANTS["pretrain"], "update": "trust-region", **clipped}
    config = Config.model_validate({**ANTS, "pretrain": pretrain, "control": {"environments": ["ant-empty"]}})
    control = config.trainings()["ant-empty@gradient"].pretrain
    assert (control.update, control.trust_region, control.grow) == ("gradient", None, None)
