"""DrQ on pictures from the training to Fig. 4: killed within episodes, resumed, drawn."""

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
    pytest.mark.skipif(find_spec("dm_control") is None, reason="dm_control is not installed: pip install dm-control==1.0.50"),
    pytest.mark.usefixtures("opengl"),
]
TASK = "pixels-pendulum-swingup"
JOB = {
    "task": TASK,
    "seeds": [3, 5],
    "checkpoint_seconds": 0,
    "settings": {
        "agents": 2,
        "learner": "drq",
        "repeat": 50,
        "env_steps": 120,
        "seed_steps": 20,
        "updates_per_step": 0.1,
        "sac": {"actor": [8], "critic": [8], "batch": 8, "buffer": 60},
        "drq": {"size": 16, "grey": True, "convolutions": [[4, 3, 2]], "latent": 4, "refresh": 7},
        "reward": {"bank": 8, "k": 3, "skip": 1, "encoder_widths": [8, 4]},
        "evaluation": {"interval": 30, "episodes": 1, "last": 2},
    },
}
DRQ = {**JOB, "settings": {**JOB["settings"], "agents": 1, "reward": {"scale": 0.0}}}


def arguments(folder: Path, job: dict = JOB) -> list[str]:
    return ["--job", json.dumps(job), "--agents", str(folder / "agents.safetensors"), "--metrics", str(folder / "metrics.csv")]


def result(folder: Path) -> tuple[bytes, str]:
    metrics = pd.read_csv(folder / "metrics.csv").drop(columns=["seconds_training", "seconds_evaluation"])
    return (folder / "agents.safetensors").read_bytes(), metrics.to_csv()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pixels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUJOCO_GL", "disabled")  # as the rule does
        collaborative_train.main(arguments(folder / TASK / "ce"))
        collaborative_train.main(arguments(folder / TASK / "drq", DRQ))
    return folder


@pytest.mark.slow(10)
def test_sigkill_changes_no_byte(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "disabled")
    state = JobState.of(CollaborativeTrainJob.model_validate(JOB), tmp_path).path
    kill_once_saved("kmyriad.stages.collaborative_train", arguments(tmp_path), state)
    assert not (tmp_path / "metrics.csv").exists()
    collaborative_train.main(arguments(tmp_path))
    assert result(tmp_path) == result(results / TASK / "ce")
    # The lagging critic is not among the networks that are written.
    assert {name.partition(".")[0] for name in load_file(tmp_path / "agents.safetensors")} == {"actor", "critic", "temperature"}


def test_the_figure_and_its_verdict(results: Path, tmp_path: Path) -> None:
    files = [str(results / TASK / arm / "metrics.csv") for arm in ("drq", "ce")]
    job = {"tasks": [TASK], "arms": ["drq", "ce"], "note": "a note"}
    with matplotlib.rc_context():
        curves.main(["--job", json.dumps(job), "--inputs", *files, "--output", str(tmp_path / "f.pdf")])
    drawn = pd.read_csv(tmp_path / "f.csv")
    assert set(drawn["arm"]) == {"drq", "ce"} and set(drawn["env_steps"]) == {30, 60, 90, 120}
    judged = ["--job", '{"scale": "tiny", "epochs": 1, "update": "gradient"}', "--evidence", "collaborative", "pixels", *files]
    claims.main([*judged, "--output", str(tmp_path / "claims.json")])
    row, *others = (row for row in json.loads((tmp_path / "claims.json").read_text()) if row["n"])
    name = f"Fig. 4, {TASK}: score (mean return of the last evaluations), ce - drq"
    assert (row["claim"], row["n"], others) == (name, 2, [])
