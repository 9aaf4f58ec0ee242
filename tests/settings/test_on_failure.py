"""The setting on_failure: its default changes nothing of the jobs that were there before it."""

import pytest
from pydantic import BaseModel, ValidationError

from kmyriad.settings import FinetuneJob, PretrainJob
from kmyriad.settings.config import Config

ENVIRONMENT = '{"name":"ant-empty","label":"ant-empty","backend":"mujoco","features":["x","y"],"settings":{}}'
# As written before the setting existed. Snakemake runs jobs again whose text changes.
PRETRAIN = (
    f'{{"environment":{ENVIRONMENT},"heads":10,"seed":0,"pretrain":{{"envs":100,"horizon":100,"epochs":50,"k":5,'
    '"objective":"entropy","trunk":[512,256],"adapter":256,"log_std_range":[-5.0,2.0],"learning_rate":{"1":0.0004,"50":0.001},'
    '"milestones":[30,80],"decay":0.5,"max_grad_norm":1.0,"minibatch":4000,"checkpoint_seconds":30.0,"threads":1}}'
)
FINETUNE = (
    f'{{"environment":{ENVIRONMENT},"goal":1,"seed":0,"finetune":{{"value_learning_rate":0.0003,"value_hidden":[256,256],'
    '"gamma":0.99,"gae_lambda":0.95,"clip":0.2,"entropy_coefficient":0.001,"value_coefficient":0.5,"max_grad_norm":0.5,'
    '"passes":10,"normalise_advantage":true,"envs":100,"horizon":100,"env_steps":200000,"policy_learning_rate":0.00003,'
    '"warmup":1,"minibatch_rows":16},"checkpoint_seconds":30.0,"threads":1}'
)
JOBS = [(PretrainJob, PRETRAIN, '"threads":1}}'), (FinetuneJob, FINETUNE, ":16}")]


@pytest.mark.parametrize(("kind", "text", "end"), JOBS)
def test_default_leaves_the_job_as_it_was(kind: type[BaseModel], text: str, end: str) -> None:
    job = kind.model_validate_json(text)
    assert (getattr(job, "pretrain", None) or job.finetune).on_failure == "freeze"
    assert job.model_dump_json() == text


@pytest.mark.parametrize(("kind", "text", "end"), JOBS)
def test_another_choice_makes_another_job(kind: type[BaseModel], text: str, end: str) -> None:
    stopping = text.replace(end, end.replace("}", ',"on_failure":"stop"}', 1))
    assert kind.model_validate_json(stopping).model_dump_json() == stopping != text


def test_choice_reaches_every_way_to_start() -> None:
    config = Config.model_validate({"environments": ["ant-empty"], "jumpstart": {"finetune": {"on_failure": "stop"}}})
    assert {config.finetune("ant-empty", init).on_failure for init in ("random", "heads50")} == {"stop"}


def test_unknown_choice() -> None:
    with pytest.raises(ValidationError, match="Input should be 'freeze' or 'stop'"):
        Config.model_validate({"environments": ["ant-empty"], "pretrain": {"on_failure": "ignore"}})
