"""From a training of the comparison to figures, table and verdicts, on runs of some hundred steps."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from kmyriad.jobs.files import StageError
from kmyriad.jobs.provenance import read_sidecar
from kmyriad.jobs.state import JobState
from kmyriad.jobs.teams import load_team
from kmyriad.papers import claims
from kmyriad.papers.side_by_side import curves, maps, scatter, table
from kmyriad.settings import FinetuneSettings
from kmyriad.settings.side_by_side import SideFinetuneJob, SideMeasureJob, SideTrainJob
from kmyriad.stages import side_finetune, side_measure, side_train
from tests.side_by_side.conftest import job as jobs_of
from tests.stages.killing import kill_once_saved

METHODS = ("untrained", "kmyriad", "sac_collective")


def arguments(folder: Path, job: SideTrainJob) -> list[str]:
    return ["--job", job.model_dump_json(), "--team", str(folder / "team.safetensors"), "--metrics", str(folder / "metrics.csv")]


def result(folder: Path) -> tuple[object, ...]:
    """What a training wrote, without the columns that time makes."""
    table = pd.read_csv(folder / "metrics.csv")
    timeless = table[[name for name in table if not name.startswith("seconds")]].to_csv()
    return (folder / "team.safetensors").read_bytes(), timeless


def trained(folder: Path, job: SideTrainJob) -> Path:
    side_train.main(arguments(folder, job))
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three methods with two seeds each, and PPO from each."""
    root = tmp_path_factory.mktemp("side")
    for method in METHODS:
        for seed in (3, 4):
            job = jobs_of(method).model_copy(update={"seed": seed})
            folder = trained(root / "side_train" / "Room" / method / f"seed{seed}", job)
            team = str(folder / "team.safetensors")
            measured = root / "side_measure" / "Room" / method / f"seed{seed}"
            outputs = ["--measures", str(measured / "measures.csv"), "--visits", str(measured / "visits.csv")]
            side_measure.main(["--job", measuring(job).model_dump_json(), "--team", team, *outputs])
            sent = root / "side_finetune" / "Room" / method / "goal0" / f"seed{seed}" / "metrics.csv"
            side_finetune.main(["--job", ppo(job).model_dump_json(), "--team", team, "--metrics", str(sent)])
    return root


def measuring(job: SideTrainJob) -> SideMeasureJob:
    return SideMeasureJob(task=job.task, seed=job.seed, trajectories=job.trajectories, k=job.k)


def ppo(job: SideTrainJob, goal: int = 0) -> SideFinetuneJob:
    settings = FinetuneSettings(envs=6, horizon=10, env_steps=180, value_hidden=(8,), warmup=1, minibatch_rows=5)
    return SideFinetuneJob(task=job.task, goal=goal, seed=job.seed, finetune=settings)


def test_the_measures_are_of_sampled_and_of_mean_actions(results: Path) -> None:
    found = pd.read_csv(results / "side_measure/Room/kmyriad/seed3/measures.csv")
    assert found["acting"].tolist() == ["sampled", "mean"]
    assert found["individual"][0] + found["divergence"][0] == pytest.approx(found["entropy"][0], abs=1e-4)


def test_operations_grow_with_the_steps(results: Path) -> None:
    rows = pd.read_csv(results / "side_train/Room/kmyriad/seed3/metrics.csv")
    assert rows["env_steps"].tolist() == [160, 320]
    assert rows["operations"][1] == 2 * rows["operations"][0] > 0


def test_the_team_says_where_it_comes_from(results: Path) -> None:
    path = results / "side_train/Room/sac_collective/seed3/team.safetensors"
    sidecar = read_sidecar(path)
    assert sidecar is not None
    assert (sidecar["env_steps"], sidecar["settings"]["method"]) == (320, "sac_collective")
    assert load_team(path).num_heads == 2


def test_operations_of_products_by_hand() -> None:
    """One product of [3, 4] and [4, 5] is 2 * 3 * 4 * 5 operations."""
    import torch

    class Population:
        def learn(self) -> None:
            torch.ones(3, 4) @ torch.ones(4, 5)

    assert side_train.operations(Population()) == 120  # type: ignore[arg-type]


@pytest.mark.slow(10)
@pytest.mark.parametrize("method", ["kmyriad", "sac_collective"])
def test_a_killed_training_ends_with_the_same_bytes(method: str, tmp_path: Path) -> None:
    job = jobs_of(method).model_copy(update={"checkpoint_seconds": 0.0})
    whole = result(trained(tmp_path / "whole", job))
    folder = tmp_path / "killed"
    state = JobState.of(job, folder)
    kill_once_saved("kmyriad.stages.side_train", arguments(folder, job), state.path)
    assert state.path.exists() and not (folder / "metrics.csv").exists()
    assert result(trained(folder, job)) == whole
    assert not state.path.exists()


def test_a_goal_that_the_task_does_not_have(results: Path, tmp_path: Path) -> None:
    job = ppo(jobs_of("kmyriad"), goal=1)
    with pytest.raises(StageError, match=r"^goal 1 does not exist: the task has goals 0 .. 0$"):
        side_finetune.side_finetune(job, results / "side_train/Room/kmyriad/seed3/team.safetensors", tmp_path / "metrics.csv")


def test_a_policy_is_no_team(tmp_path: Path) -> None:
    file = tmp_path / "policy.safetensors"
    file.write_bytes(b"")
    with pytest.raises(StageError, match="policy"):
        load_team(file)


def test_figures_table_and_verdicts(results: Path, tmp_path: Path) -> None:
    job = json.dumps({"tasks": ["Room"], "methods": METHODS, "agents": 2, "note": "tiny"})
    found = {"metrics": "side_train", "measures": "side_measure", "visits": "side_measure"}
    files = {name: [str(path) for path in sorted(results.rglob(f"{stage}/**/{name}.csv"))] for name, stage in found.items()}
    sent = [str(path) for path in sorted(results.rglob("side_finetune/**/metrics.csv"))]
    drawn = {"curves": (curves, files["metrics"]), "scatter": (scatter, files["measures"]), "maps": (maps, files["visits"])}
    for name, (module, inputs) in drawn.items():
        module.main(["--job", job, "--inputs", *inputs, "--output", str(tmp_path / f"{name}.pdf")])
        plt.close("all")
        assert (tmp_path / f"{name}.png").stat().st_size > 5000
    table.main(["--job", job, "--inputs", *files["metrics"], *files["measures"], *sent, "--output", str(tmp_path / "table.csv")])
    printed = (tmp_path / "table.md").read_text()
    assert printed.count("| Room |") == 3 and "success at the end" in printed
    judged = ["--job", '{"scale": "tiny", "epochs": 1, "update": "gradient"}', "--output", str(tmp_path / "claims.json")]
    evidence = ["--evidence", "side_by_side", "measures", *files["measures"], "--evidence", "side_by_side", "sent", *sent]
    claims.main([*judged, *evidence])
    verdicts = {row["claim"]: row["verdict"] for row in json.loads((tmp_path / "claims.json").read_text())}
    assert "Room: clipped K-Myriad sees more than the best untrained noise (nats)" in verdicts
    assert not any("RND" in claim for claim in verdicts)  # what was not run is not judged
