"""From training by Collaborative Exploration to figures, tables and verdicts, on trainings of some hundred steps in the maze."""

import json
import os
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from kmyriad.collaborative import CollaborativeTraining
from kmyriad.collaborative.tasks.maze import ROWS
from kmyriad.collaborative.visits import visits
from kmyriad.jobs.files import StageError
from kmyriad.jobs.state import JobState
from kmyriad.papers import claims
from kmyriad.papers.collaborative import curves as ce_curves
from kmyriad.papers.collaborative import fig3 as ce_fig3
from kmyriad.papers.collaborative import fig5 as ce_fig5
from kmyriad.papers.collaborative import scores
from kmyriad.papers.collaborative.runs import TRAININGS
from kmyriad.settings.collaborative.arm import CollaborativeSettings, CollaborativeTrainJob
from kmyriad.stages import collaborative_train
from kmyriad.stages.collaborative_train import rows
from tests.stages.killing import kill_once_saved

pytestmark = pytest.mark.xdist_group("collaborative_stages")

SEEDS = [3, 5]
SMALL = {
    "agents": 2,
    "env_steps": 1600,
    "seed_steps": 100,
    "updates_per_step": 0.1,
    "sac": {"actor": [16, 16], "critic": [16, 16], "batch": 16, "buffer": 1600},
    "reward": {"bank": 50, "k": 5, "encoder_widths": [8, 8]},
    "evaluation": {"interval": 200, "episodes": 1, "last": 3},
}
JOB = {"task": "maze", "settings": SMALL, "seeds": SEEDS, "checkpoint_seconds": 0}


def arguments(folder: Path, job: dict = JOB) -> list[str]:
    paths = ["--agents", str(folder / "agents.safetensors"), "--metrics", str(folder / "metrics.csv")]
    return ["--job", json.dumps(job), *paths, *(["--visits", str(folder / "visits.csv")] if job["task"] == "maze" else [])]


def result(folder: Path) -> tuple[bytes, bytes, str]:
    """Return what the training wrote, without the columns that time makes."""
    metrics = pd.read_csv(folder / "metrics.csv").drop(columns=["seconds_training", "seconds_evaluation"])
    return (folder / "agents.safetensors").read_bytes(), (folder / "visits.csv").read_bytes(), metrics.to_csv()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CE and independent agents in the maze."""
    folder = tmp_path_factory.mktemp("collaborative")
    collaborative_train.main(arguments(folder / "maze" / "ce"))
    own = {**SMALL, "sac": {**SMALL["sac"], "shared": False}, "reward": {"scale": 0.0}}
    collaborative_train.main(arguments(folder / "maze" / "independent", {**JOB, "settings": own}))
    return folder


def test_training_is_written(results: Path) -> None:
    folder = results / "maze" / "ce"
    training = CollaborativeTraining("maze", CollaborativeSettings.model_validate(SMALL), SEEDS)
    blocks = [training.run_epoch() for _ in range(8)]
    tensors = load_file(folder / "agents.safetensors")
    assert torch.equal(tensors["actor.weights.0"], training.learner.actor.weights[0])
    assert {name.partition(".")[0] for name in tensors} == {"actor", "critic", "temperature"}
    table = pd.read_csv(folder / "metrics.csv")
    assert table[["epoch", "seed", "env_steps"]].to_numpy().tolist()[:3] == [[0, 3, 200], [0, 5, 200], [1, 3, 400]]
    assert len(table) == 16
    assert table["entropy"].iloc[-1] == pytest.approx(blocks[-1].seeds[1].entropy, rel=1e-5)
    facts = json.loads((folder / "agents.json").read_text())
    assert (facts["format"], facts["seeds"], facts["env_steps"]) == ("kmyriad-collaborative-1", SEEDS, 3200)
    tables = ["metrics.csv", "metrics.record.json", "visits.csv", "visits.record.json"]
    assert sorted(os.listdir(folder)) == ["agents.json", "agents.safetensors", *tables]


@pytest.mark.slow(6)
def test_sigkill_changes_no_byte(results: Path, tmp_path: Path) -> None:
    state = JobState.of(CollaborativeTrainJob.model_validate(JOB), tmp_path).path
    kill_once_saved("kmyriad.stages.collaborative_train", arguments(tmp_path), state)
    assert not (tmp_path / "metrics.csv").exists()
    collaborative_train.main(arguments(tmp_path))
    assert result(tmp_path) == result(results / "maze" / "ce")
    assert not state.exists()


def test_rows() -> None:
    """Two blocks of two seeds become four rows, in which score is the mean of at most the last two evaluations."""
    evaluations = {7: (1.0, 2.0, 6.0), 8: (0.0, 1 / 3, 1.0)}
    blocks = [
        {"epoch": epoch, "evaluation": 99.0, "seeds": [{"seed": seed, "evaluation": evaluations[seed][epoch]} for seed in (7, 8)]}
        for epoch in range(3)
    ]
    found = rows(blocks, 2)
    assert [(row["epoch"], row["seed"]) for row in found] == [(0, 7), (0, 8), (1, 7), (1, 8), (2, 7), (2, 8)]
    assert [row["score"] for row in found] == [1, 0, 1.5, 0.166667, 4, 0.666667]
    assert [row["evaluation"] for row in found if row["seed"] == 8] == [0, 0.333333, 1]


def test_visits(results: Path) -> None:
    table = pd.read_csv(results / "maze" / "ce" / "visits.csv")
    # 800 steps of each agent, 200 in each of the four phases.
    assert set(table.groupby(["seed", "agent", "phase"])["visits"].sum()) == {200}
    assert len(table.groupby(["seed", "agent", "phase"])) == 2 * 2 * 4
    assert all(ROWS[row][column] != "#" for row, column in table[["row", "column"]].to_numpy())
    # The first step of the first episode ends near S; counted are the steps of both agents.
    first = table[table["first"] == 2]
    assert len(first) == 4 and set(first["row"]) <= {3, 4, 5} and set(first["column"]) <= {1, 2}
    assert table["first"].max() <= 1600 and (table["first"] % 2 == 0).all()


def test_visits_of_a_known_walk(counting_walk: object) -> None:
    found = pd.DataFrame(visits(counting_walk, [4]))
    # 8 steps in phases of two: S twice, its right neighbour twice, S four times.
    columns = found.set_index("phase")[["column", "visits", "first"]].to_numpy().tolist()
    assert columns == [[1, 2, 1], [2, 2, 3], [1, 2, 5], [1, 2, 7]]
    assert set(found["row"]) == {4}


@pytest.fixture
def counting_walk() -> object:
    from kmyriad.collaborative.replay import Replay

    replay = Replay(1, 1, 8, 2, 2)
    for x in (-3, -3, -2, -2, -3, -3, -3, -3):
        after = torch.tensor([x / 4, 0.0]).view(1, 1, 2)
        zero = torch.zeros(1, 1)
        replay.add(after, after, zero, zero, after, torch.zeros(1, 1, dtype=torch.bool))
    return replay


def figure_job(tasks: list[str], arms: list[str]) -> list[str]:
    return ["--job", json.dumps({"tasks": tasks, "arms": arms, "resamples": 20, "note": "a note"})]


@pytest.mark.parametrize(("stage", "file"), [(ce_curves, "metrics.csv"), (ce_fig5, "visits.csv")])
def test_figures(results: Path, tmp_path: Path, stage: object, file: str) -> None:
    files = [str(results / "maze" / arm / file) for arm in ("ce", "independent")]
    with matplotlib.rc_context():
        stage.main([*figure_job(["maze"], ["ce", "independent"]), "--inputs", *files, "--output", str(tmp_path / "f.pdf")])
    plt.close("all")
    assert set(pd.read_csv(tmp_path / "f.csv")["arm"]) == {"ce", "independent"}
    assert (tmp_path / "f.png").stat().st_size


def test_iqm_figure_and_table(results: Path, tmp_path: Path) -> None:
    files = []
    for arm in ("ce", "independent"):
        (tmp_path / "walker-run" / arm).mkdir(parents=True)
        files.append(tmp_path / "walker-run" / arm / "metrics.csv")
        files[-1].write_bytes((results / "maze" / arm / "metrics.csv").read_bytes())
    paths = [str(file) for file in files]
    job = figure_job(["walker-run"], ["ce", "independent"])
    with matplotlib.rc_context():
        ce_fig3.main([*job, "--inputs", *paths, "--output", str(tmp_path / "f.pdf")])
    plt.close("all")
    assert len(pd.read_csv(tmp_path / "f.csv")) == 2 * 8
    scores.main([*job, "--inputs", *paths, "--output", str(tmp_path / "t.csv")])
    assert pd.read_csv(tmp_path / "t.csv")["arm"].tolist() == ["ce", "independent"] * 2
    assert "| walker-run | paper | 799.7 ± 5.0 | - |" in (tmp_path / "t.md").read_text()


def test_claims(results: Path, tmp_path: Path) -> None:
    evidence = []
    for name, file in (("returns", "metrics.csv"), ("visits", "visits.csv")):
        paths = [str(results / "maze" / arm / file) for arm in ("ce", "independent")]
        evidence += ["--evidence", "collaborative", name, *paths]
    job = ["--job", '{"scale": "tiny", "epochs": 1, "update": "gradient"}']
    claims.main([*job, *evidence, "--output", str(tmp_path / "claims.json")])
    found = json.loads((tmp_path / "claims.json").read_text())
    # Independent agents are a rival in the maze's cells alone.
    assert [row["claim"].rpartition(",")[0] for row in found if row["n"]] == [
        "maze: share of free cells covered by the set",
        "maze: share of covered cells that not all agents visited",
        *["Fig. 5, maze: share of seeds in which the set finds both goals"] * 2,
    ]
    assert {row["n"] for row in found} == {2, 0} and {row["verdict"] for row in found if not row["n"]} == {"undecided"}
    assert [row["n"] == 0 for row in found] == sorted(row["n"] == 0 for row in found), "what was not run comes last"
    text = (tmp_path / "claims.md").read_text()
    assert "performs the best | above 0 | not run | 0 | tiny | undecided |" in text
    assert "`snakemake --cores all --configfile config/minatar.yaml -- ce_fig13` trains what it needs" in text


def test_what_was_not_run_is_no_figure(results: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no input has the arm sac, which is to be shown"):
        ce_curves.main(
            [
                *figure_job(["maze"], ["ce", "sac"]),
                "--inputs",
                str(results / "maze/ce/metrics.csv"),
                "--output",
                str(tmp_path / "f.pdf"),
            ]
        )
    assert not list(tmp_path.iterdir())
    with pytest.raises(StageError, match="is not in a folder <task>/<arm>"):
        TRAININGS.of("results/maze/cee/metrics.csv")
