"""DQN in a game from the training to Fig. 13: killed within episodes, resumed, drawn."""

import json
from importlib.util import find_spec
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from safetensors.torch import load_file

from kmyriad.jobs.state import JobState
from kmyriad.papers import claims
from kmyriad.papers.collaborative import curves
from kmyriad.settings.collaborative.arm import CollaborativeTrainJob
from kmyriad.stages import collaborative_train
from tests.stages.killing import kill_once_saved

pytestmark = [
    pytest.mark.skipif(find_spec("minatar") is None, reason="minatar is not installed: pip install minatar==1.0.15"),
    pytest.mark.xdist_group("games"),
]
JOB = {
    "task": "minatar-asterix",
    "seeds": [3, 5],
    "checkpoint_seconds": 0,
    "settings": {
        "agents": 2,
        "learner": "dqn",
        "env_steps": 1200,
        "seed_steps": 100,
        "updates_per_step": 0.1,
        "sac": {"critic": [16], "batch": 16, "buffer": 600},
        "dqn": {"convolutions": [[4, 3, 1]], "target_period": 20, "epsilon_steps": 500},
        "reward": {"bank": 50, "k": 5, "encoder_widths": [8, 8]},
        "evaluation": {"interval": 200, "episodes": 1, "last": 3},
    },
}
DQN = {**JOB, "settings": {**JOB["settings"], "agents": 1, "reward": {"scale": 0.0}}}


def arguments(folder: Path, job: dict = JOB) -> list[str]:
    return ["--job", json.dumps(job), "--agents", str(folder / "agents.safetensors"), "--metrics", str(folder / "metrics.csv")]


def result(folder: Path) -> tuple[bytes, str]:
    metrics = pd.read_csv(folder / "metrics.csv").drop(columns=["seconds_training", "seconds_evaluation"])
    return (folder / "agents.safetensors").read_bytes(), metrics.to_csv()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("games")
    collaborative_train.main(arguments(folder / "minatar-asterix" / "ce"))
    collaborative_train.main(arguments(folder / "minatar-asterix" / "dqn", DQN))
    return folder


@pytest.mark.slow(8)
def test_sigkill_changes_no_byte(results: Path, tmp_path: Path) -> None:
    state = JobState.of(CollaborativeTrainJob.model_validate(JOB), tmp_path).path
    kill_once_saved("kmyriad.stages.collaborative_train", arguments(tmp_path), state)
    assert not (tmp_path / "metrics.csv").exists()
    collaborative_train.main(arguments(tmp_path))
    assert result(tmp_path) == result(results / "minatar-asterix" / "ce")
    # The lagging network is not among those that are written.
    assert {name.partition(".")[0] for name in load_file(tmp_path / "agents.safetensors")} == {"critic", "counters"}


def test_the_figure_and_its_verdict(results: Path, tmp_path: Path) -> None:
    files = [str(results / "minatar-asterix" / arm / "metrics.csv") for arm in ("dqn", "ce")]
    job = {"tasks": ["minatar-asterix"], "arms": ["dqn", "ce"], "note": "a note"}
    with matplotlib.rc_context():
        curves.main(["--job", json.dumps(job), "--inputs", *files, "--output", str(tmp_path / "f.pdf")])
    drawn = pd.read_csv(tmp_path / "f.csv")
    assert set(drawn["arm"]) == {"dqn", "ce"} and set(drawn["env_steps"]) == set(range(200, 1400, 200))
    judged = ["--job", '{"scale": "tiny", "epochs": 1, "update": "gradient"}', "--evidence", "collaborative", "games", *files]
    claims.main([*judged, "--output", str(tmp_path / "claims.json")])
    row, *others = (row for row in json.loads((tmp_path / "claims.json").read_text()) if row["n"])
    name = "Fig. 13, minatar-asterix: score (mean return of the last evaluations), ce - dqn"
    assert (row["claim"], row["n"], others) == (name, 2, [])
