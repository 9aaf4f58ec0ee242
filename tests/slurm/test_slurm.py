"""The workflow on a real Slurm, through workflow/profiles/slurm: cancel its jobs, cut their time, kill Snakemake."""

import os
import re
import signal
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.slurm.pipeline import EPOCHS, METRICS, SETTINGS, Pipeline

# One Slurm for all, on one worker; what they wait for is mostly Slurm.
pytestmark = [pytest.mark.slow(40), pytest.mark.xdist_group("slurm")]


def check_went_on_where_it_stopped(pipeline: Pipeline, output: str, number: signal.Signals) -> None:
    """Check that the last attempt of training began with the epoch before which the one before had stopped."""
    stopped = re.findall(rf"stopped by {number.name} after epoch (\d+)", output)
    resumed = re.findall(r"going on from \S+, epoch (\d+)", pipeline.log())
    assert stopped and stopped[-1:] == resumed, output
    assert 0 < int(resumed[0]) < EPOCHS


def test_whole_chain_then_nothing_to_do(pipeline: Pipeline, undisturbed: tuple[bytes, str]) -> None:
    figure = "results/smoke/figures/fig7.pdf"
    pipeline.start(figure).finish()
    assert (pipeline.root / figure).read_bytes().startswith(b"%PDF")
    assert pipeline.trained() == undisturbed
    # goals; pretrain; evaluate_heads with select_head, which share a job; finetune; fig7
    assert pipeline.fates() == ["COMPLETED"] * 5
    assert {record["Partition"] for record in pipeline.cluster.records(pipeline.root)} == {"cpu"}
    assert "Nothing to be done" in pipeline.start(figure, "--dry-run").finish()


def test_cancelled_training_is_submitted_again_and_goes_on(pipeline: Pipeline, undisturbed: tuple[bytes, str]) -> None:
    run = pipeline.start(METRICS)
    _, job = pipeline.hold_training(run)
    pipeline.cluster.cancel(job)
    check_went_on_where_it_stopped(pipeline, run.finish(), signal.SIGTERM)
    assert pipeline.trained() == undisturbed
    assert pipeline.fates() == ["CANCELLED", "COMPLETED"]


def test_training_whose_time_is_up_saves_and_goes_on(pipeline: Pipeline, undisturbed: tuple[bytes, str]) -> None:
    run = pipeline.start(METRICS)
    _, job = pipeline.hold_training(run)
    # The profile's warning comes two minutes before the end: now, or when Slurm looks at the limits next (30 s).
    pipeline.cluster.shorten(job)
    output = run.finish()
    check_went_on_where_it_stopped(pipeline, output, signal.SIGUSR1)
    assert "User defined signal 1" not in output, "the warning must not kill the Snakemake around the training"
    assert pipeline.trained() == undisturbed
    assert pipeline.fates() == ["FAILED", "COMPLETED"], "it stopped by itself, before its time was up"


def test_failing_job_is_named(pipeline: Pipeline) -> None:
    path = pipeline.state.path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00not a state")
    output = pipeline.start(METRICS, "--retries", "0").fail()
    assert "pretrain 4 heads in ant-cave, seed 0" in output
    assert "Error in rule pretrain:" in output
    assert re.search(rf"^error: .*{re.escape(path.name)} is damaged .* delete it to start", output, re.MULTILINE)
    assert pipeline.fates() == ["FAILED"]


def test_sigkill_of_snakemake_while_its_job_lives_on(pipeline: Pipeline, undisturbed: tuple[bytes, str]) -> None:
    first = pipeline.start(METRICS)
    pid, job = pipeline.hold_training(first)
    first.process.kill()
    first.process.wait(60)
    assert "unlock" in pipeline.start(METRICS).fail()
    pipeline.start("--unlock").finish()
    second = pipeline.start(METRICS)
    second.wait_for(f"is already running (process {pid} on {os.uname().nodename} holds ")
    assert pipeline.cluster.jobs()[job].startswith("RUNNING"), "the first copy must not be disturbed"
    pipeline.cluster.cancel(job)
    second.finish()
    assert "going on from" in pipeline.log()
    assert pipeline.trained() == undisturbed


def test_each_point_of_a_sweep_is_a_job(pipeline: Pipeline) -> None:
    sweep = {"environment": "ant-cave", "heads": [4], "grid": {"trust_region.passes": [1, 2]}}
    settings = {**SETTINGS, "pretrain": {"epochs": 2, "horizon": 10}, "sweep": sweep}
    (pipeline.root / "slurm.yaml").write_text(yaml.safe_dump(settings))
    figure = "results/smoke/figures/sweep.csv"
    pipeline.start(figure).finish()
    assert set(pd.read_csv(pipeline.root / figure)["value"]) == {1, 2}
    assert pipeline.fates() == ["COMPLETED"] * 3  # the two trainings, and the figure


def test_gpu_of_a_rule_reaches_its_job(pipeline: Pipeline) -> None:
    run = pipeline.start(METRICS, "--set-resources", "pretrain:slurm_partition=gpu", "pretrain:gpu=1")
    pid, job = pipeline.hold_training(run)
    assert pipeline.cluster.jobs() == {job: "RUNNING gpu"}
    variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    assert b"CUDA_VISIBLE_DEVICES=0" in variables
