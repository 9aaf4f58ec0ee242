"""The forecast: counted jobs times what each takes, and a line now and then of how much of that is done."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from kmyriad.jobs.files import StageError
from kmyriad.pipeline import forecast
from kmyriad.settings.config import Config

SAID = """Building DAG of jobs...
Job stats:
job         count
--------  -------
pretrain        3
fig5            1
total           4

Finished jobid: 3 (Rule: pretrain)
1 of 4 steps (25%) done
Finished jobid: 2 (Rule: pretrain)
""".splitlines()
COSTS = {"pretrain": 200.0}


def test_the_first_line_says_how_long() -> None:
    # 3 x 200 s and one small job of 8 s on two cores: 304 s, 5 minutes.
    first, *rest = forecast.annotated(SAID, COSTS, 2)
    assert first == "about 5 minutes on 2 cores of this machine, measured now"
    assert rest == SAID, "no half minute has passed"


def test_a_line_now_and_then_says_how_far(monkeypatch: pytest.MonkeyPatch) -> None:
    # The clock: started at 0, said at 0, then 100 and 100.2 s after the first job, 101 after the second.
    times = iter([0.0, 0.0, 100.0, 100.0, 101.0])
    monkeypatch.setattr(forecast, "monotonic", lambda: next(times))
    found = list(forecast.annotated(SAID, COSTS, 2))
    (line,) = [line for line in found if line.startswith("overall")]
    # 200 of 608 s after 100 s: 33 %, 100 * (1 - 0.329) / 0.329 = 204 s left.
    assert line == "overall: 33% of the work done, about 3 minutes left"
    assert found.index(line) == found.index(SAID[8]) + 1


def test_nothing_to_do_is_passed_on() -> None:
    said = ["Building DAG of jobs...", "Nothing to be done."]
    assert list(forecast.annotated(said, COSTS, 2)) == said


def test_seconds_of_jobs() -> None:
    raw = {"environments": ["ant-maze"], "heads": [1], "pretrain": {"envs": 10, "horizon": 10, "epochs": 40}}
    raw["jumpstart"] = {"inits": ["heads1"], "finetune": {"env_steps": 1000}}
    raw |= {"coverage": {"envs": 10}, "diversity": {"envs": 10}, "seeds_together": True}
    costs = forecast.job_seconds(Config.model_validate(raw), rate=100.0)
    assert costs == {"pretrain": 40.0, "pretrain_seeds": 160.0, "finetune": 10.0}


@pytest.mark.parametrize(
    ("text", "words"), [("haeds: [1]", "unknown key 'haeds'; did you mean 'heads'"), ("heads: [1", "expected ',' or ']'")]
)
def test_a_wrong_config_is_told_in_a_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(StageError, match=re.escape(words)) as caught:
        forecast.forecast([], tmp_path / "mine.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.slow(21)
def test_the_command_forecasts_a_real_run(checkout: Path) -> None:
    (checkout / "tiny.yaml").write_text(
        yaml.safe_dump({**yaml.safe_load((checkout / "config/smoke.yaml").read_text()), "heads": [1], "seeds": [0]})
    )
    target = "results/smoke/goals/ant-maze.json"
    command = [sys.executable, "-m", "kmyriad", "run", "--configfile", "tiny.yaml", target]
    run = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert run.stdout.splitlines()[0].startswith("about a minute on ")
    assert (checkout / target).exists()


@pytest.mark.slow(11)
def test_ctrl_c_lets_the_jobs_save(checkout: Path) -> None:
    smoke = yaml.safe_load((checkout / "config/smoke.yaml").read_text())
    smoke["pretrain"] |= {"epochs": 100_000, "checkpoint_seconds": 0}
    (checkout / "long.yaml").write_text(yaml.safe_dump(smoke))
    folder = checkout / "results/smoke/pretrain/ant-cave/heads1/seed0"
    command = [sys.executable, "-m", "kmyriad", "run", "--configfile", "long.yaml", f"{folder.relative_to(checkout)}/metrics.csv"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=checkout, start_new_session=True, **pipes) as run:
        deadline = time.monotonic() + 120
        while not list(folder.glob(".state-*.safetensors")):
            assert run.poll() is None and time.monotonic() < deadline, "no training began"
            time.sleep(0.1)
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does
        said = run.communicate(timeout=60)[0]
    assert run.returncode != 0, said
    with open(next(folder.glob(".state-*.lock")), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody trains any more
