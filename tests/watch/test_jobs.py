"""What `kmyriad watch` finds: jobs that run, that were killed, that are finished, on this machine and on another."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from kmyriad.cli import main
from kmyriad.jobs.files import StageError, exclusive
from kmyriad.jobs.state import JobState
from kmyriad.settings import DiversityJob
from kmyriad.watch.holder import alive
from kmyriad.watch.jobs import Job, jobs_in
from kmyriad.watch.progress import Reached
from kmyriad.watch.table import table

ROW = {"entropy": 1.25, "seconds_rollout": 3.0, "seconds_update": 1.0}
LINE = "maze, 4 heads, seed 3: epoch {}/10, entropy 2.500, ETA 00:20\n"


def folder_of(results: Path, run: str = "pretrain/maze/heads4/seed3") -> Path:
    (results / run).mkdir(parents=True)
    return results / run


def saved(folder: Path, rows: int, epochs: int = 10) -> JobState:
    state = JobState.of(DiversityJob(k=5, threads=1), folder)
    state.save({"a": torch.zeros(1)}, [{**ROW, "epoch": epoch} for epoch in range(rows)], epochs)
    return state


def log(results: Path, text: str, name: str = "pretrain/maze/heads4/seed3") -> Path:
    file = results / "logs" / f"{name}.log"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[Path]:
    """The lock of a job whose process is this one."""
    path = JobState.of(DiversityJob(k=5, threads=1), folder_of(tmp_path)).lock
    with exclusive(path, "a test"):
        yield path


def only(results: Path) -> Job:
    (job,) = jobs_in(results)
    return job


def test_a_running_job_by_what_it_has_said_or_saved(tmp_path: Path, lock: Path) -> None:
    assert only(tmp_path)[:2] == ("pretrain/maze/heads4/seed3", "running")
    assert only(tmp_path).reached == Reached(0, 0, "", "nothing saved")
    saved(lock.parent, 4)
    # 6 more epochs of 3 + 1 seconds
    assert only(tmp_path).reached == Reached(4, 10, "00:24", "entropy 1.250")
    log(tmp_path, LINE.format(3) + LINE.format(7) + "a line of something else\n")
    assert only(tmp_path).reached == Reached(7, 10, "00:20", "entropy 2.500")


def test_a_log_of_all_seeds_tells_of_the_seed(tmp_path: Path, lock: Path) -> None:
    log(tmp_path, LINE.format(5) + LINE.format(9).replace("seed 3", "seed 13"), "pretrain_seeds/maze/heads4")
    assert only(tmp_path).reached.done == 5


def test_a_killed_job_goes_on_from_what_it_has_saved(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    saved(folder, 4)
    log(tmp_path, LINE.format(7))
    assert only(tmp_path)[1:3] == ("stopped", Reached(4, 10, "", "entropy 1.250"))


def test_a_job_killed_before_it_saved(tmp_path: Path) -> None:
    state = JobState.of(DiversityJob(k=5, threads=1), folder_of(tmp_path))
    state.lock.write_text(f"1 on {os.uname().nodename}")
    log(tmp_path, LINE.format(7))
    assert only(tmp_path)[1:3] == ("stopped", Reached(0, 10, "", "nothing saved"))


def test_a_job_of_another_machine_runs_until_it_is_silent(tmp_path: Path) -> None:
    state = saved(folder_of(tmp_path), 4)
    state.lock.write_text("17 on node9")
    assert only(tmp_path).state == "running"
    past = time.time() - 3600
    for path in (state.path, state.lock):
        os.utime(path, (past, past))
    job = only(tmp_path)
    assert job.state == "silent" and job.changed == pytest.approx(past)


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("pretrain", "epoch,entropy\n0,1.0\n1,3.0\n", Reached(2, 2, "", "entropy 3.000")),
        ("collaborative_train", "epoch,seed,evaluation\n0,3,9\n0,5,9\n1,3,1\n1,5,2\n", Reached(2, 2, "", "evaluation 1.500")),
        ("gridworld_train", "update,seed,entropy\n50,3,9\n100,3,1\n50,5,9\n100,5,2\n", Reached(2, 2, "", "entropy 1.500")),
        ("finetune", "epoch,success\n", Reached(0, 0, "", "its metrics are damaged")),
    ],
)
def test_finished_jobs_end_with_their_last_rows(tmp_path: Path, rule: str, text: str, expected: Reached) -> None:
    (folder_of(tmp_path, f"{rule}/there") / "metrics.csv").write_text(text)
    assert only(tmp_path)[:3] == (f"{rule}/there", "finished", expected)


def test_an_old_state_of_other_settings_does_not_hide_a_finished_job(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    state = saved(folder, 4)
    (folder / "metrics.csv").write_text("epoch,entropy\n0,1.0\n")
    os.utime(state.path, (0, 0))
    assert only(tmp_path).state == "finished"


def test_a_damaged_state_is_said(tmp_path: Path) -> None:
    saved(folder_of(tmp_path), 4).path.write_bytes(b"no state")
    assert only(tmp_path)[1:3] == ("stopped", Reached(0, 0, "", "its state is damaged"))


def test_all_scales_below_a_folder(tmp_path: Path) -> None:
    for run in ("walk/pretrain/a", "finetune/b", "checkpoints/pretrain/c", "tracked/tensorboard/pretrain/d"):
        (folder_of(tmp_path, run) / "metrics.csv").write_text("epoch,entropy,success\n0,1.0,1.0\n")
    assert {job.name for job in jobs_in(tmp_path)} == {"walk/pretrain/a", "finetune/b"}
    assert [job.name for job in jobs_in(tmp_path / "finetune")] == ["b"]


def test_folders_without_jobs(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=f"no job has written into {tmp_path}: start some with snakemake, or name another"):
        jobs_in(tmp_path)
    with pytest.raises(StageError, match="none is no folder: name that of a scale's results, such as results or results/walk"):
        jobs_in(tmp_path / "none")


def test_a_lock_lives_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    assert alive(path) is False
    with exclusive(path, "a test"):
        assert alive(path) is True
        kept = path.read_text()
    path.write_text(kept)
    assert alive(path) is False
    path.write_text("1 on another-machine")
    assert alive(path) is None


JOBS = [
    Job("pretrain/maze/seed3", "running", Reached(4, 10, "00:24", "entropy 1.250"), 997.0),
    Job("pretrain/maze/seed13", "stopped", Reached(0, 0, "", "nothing saved"), 1000.0 - 7300),
]
TABLE = """
1 running, 1 stopped
job                   state    epoch  ETA    metric         last change
pretrain/maze/seed3   running  4/10   00:24  entropy 1.250  3 s ago
pretrain/maze/seed13  stopped  0/?    -      nothing saved  2 h ago
""".strip()


def test_table() -> None:
    assert table(JOBS, 1000.0) == TABLE
    assert table(JOBS, 1000.0, width=20).splitlines()[-1] == "pretrain/maze/seed13"
    assert table(JOBS, 1000.0, height=3).splitlines() == [*TABLE.splitlines()[:2], "2 more: kmyriad watch --once"]


@pytest.mark.slow(15)
def test_the_command_sees_a_real_job_run_and_die(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    pretrain = {"envs": 4, "horizon": 30, "epochs": 100_000, "trunk": [16, 8], "adapter": 8, "checkpoint_seconds": 0}
    job = {"environment": "ant-empty", "heads": 2, "seed": 3, "pretrain": pretrain}
    folder = tmp_path / "pretrain/ant-empty/heads2/seed3"
    command = [sys.executable, "-m", "kmyriad.stages.pretrain", "--job", json.dumps(job)]
    with subprocess.Popen(
        [*command, "--policy", str(folder / "policy.safetensors"), "--metrics", str(folder / "metrics.csv")],
        stderr=subprocess.DEVNULL,
    ) as process:
        while not list(folder.glob(".state-*.safetensors")):
            assert process.poll() is None
            time.sleep(0.01)
        main(["watch", str(tmp_path), "--once"])
        running = capsys.readouterr().out
        process.kill()
    main(["watch", str(tmp_path), "--once"])
    stopped = capsys.readouterr().out
    assert re.search(r"^1 running\n.*\npretrain/ant-empty/heads2/seed3 +running +\d+/100000 +[\d:]+ +entropy -?\d", running)
    assert re.search(r"^1 stopped\n.*\npretrain/ant-empty/heads2/seed3 +stopped +\d+/100000 +- +entropy -?\d", stopped)


@pytest.mark.slow(10)
def test_it_draws_again_until_ctrl_c(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "metrics.csv").write_text("epoch,entropy\n0,1.0\n")
    os.utime(folder / "metrics.csv", (0, 0))  # so many days ago, at each look
    with subprocess.Popen(
        [sys.executable, "-m", "kmyriad", "watch", str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        lines = [process.stdout.readline() for _ in range(6)]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert lines[:3] == lines[3:] and lines[0] == "1 finished\n"


@pytest.mark.parametrize(("argument", "words"), [("none", "is no folder"), (".", "no job has written into")])
def test_wrong_folders_end_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main(["watch", argument, "--once"])
    assert words in str(caught.value) and "\n" not in str(caught.value)
