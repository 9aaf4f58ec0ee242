"""From a training of the comparison to figures, table and verdicts, on runs of some hundred steps."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from kmyriad.jobs.files import StageError
from kmyriad.jobs.provenance import read_sidecar
from kmyriad.jobs.state import JobState
from kmyriad.jobs.teams import load_team, save_team
from kmyriad.papers import claims
from kmyriad.papers.side_by_side import curves, maps, scatter, table
from kmyriad.pipeline import side_jobs
from kmyriad.settings import FinetuneSettings
from kmyriad.settings.config import Config
from kmyriad.settings.side_by_side import SideFinetuneJob, SideMeasureJob, SideSacJob, SideTrainJob
from kmyriad.stages import side_finetune, side_measure, side_sac, side_train
from tests.side_by_side.conftest import SMALL
from tests.side_by_side.conftest import job as jobs_of
from tests.stages.killing import kill_once_saved

pytestmark = pytest.mark.xdist_group("side_stages")

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
    """Three methods with two seeds each, PPO from each, and a soft actor-critic where it is one."""
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
            if method != "kmyriad":
                side_sac.main(sac_arguments(root, method, seed))
    return root


def sac(method: str, seed: int) -> SideSacJob:
    finetune = {"envs": 4, "env_steps": 240, "value_hidden": [8], "minibatch_rows": 5}
    config = Config.model_validate({"environments": ["pointmaze-open"], "side_by_side": {**SMALL, "finetune": finetune}})
    return side_jobs.sac(config, "Room", method, "0", str(seed))


def sac_arguments(root: Path, method: str, seed: int, job: SideSacJob | None = None, into: Path | None = None) -> list[str]:
    folder = into or root / "side_sac" / "Room" / method / "goal0" / f"seed{seed}"
    team = root / "side_train" / "Room" / method / f"seed{seed}" / "team.safetensors"
    settings = (job or sac(method, seed)).model_dump_json()
    return ["--job", settings, "--team", str(team), "--metrics", str(folder / "metrics.csv")]


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


def timeless(file: Path) -> str:
    table = pd.read_csv(file)
    return table[[name for name in table if not name.startswith("seconds")]].to_csv()


def test_sac_has_as_many_steps_and_rows_as_ppo(results: Path) -> None:
    rows = pd.read_csv(results / "side_sac/Room/sac_collective/goal0/seed3/metrics.csv")
    assert rows["env_steps"].tolist() == [40, 80, 120, 160, 200, 240]
    assert (rows["success"] * 4 % 1 == 0).all()  # of four episodes a row
    chosen = pd.read_csv(results / "side_finetune/Room/sac_collective/goal0/seed3/metrics.csv")["agent"]
    assert rows["agent"].nunique() == chosen.nunique() == 1


def test_sac_from_an_agent_that_goes_to_the_goal_begins_there(results: Path, tmp_path: Path) -> None:
    """The goal is one step to the right; the agent's weights are set so that it goes there, in its first episodes too."""
    team = load_team(results / "side_train/Room/sac_collective/seed3/team.safetensors")
    for agent in range(team.num_heads):
        state = team.select_head(agent).state_dict()
        state["output_weight"].zero_()
        state["output_bias"][..., 0] = 8.0 - 16.0 * agent  # agent 0 to the right, agent 1 to the left
        state["output_bias"][..., 1] = 0.0
        state["output_bias"][..., 2:] = -5.0
    file = tmp_path / "side_train/Room/sac_collective/seed3/team.safetensors"
    file.parent.mkdir(parents=True)
    save_team(file, team, jobs_of("sac_collective"), 0, 0.0)
    side_sac.main(sac_arguments(tmp_path, "sac_collective", 3))
    rows = pd.read_csv(tmp_path / "side_sac/Room/sac_collective/goal0/seed3/metrics.csv")
    assert set(rows["agent"]) == {0}
    assert rows["success"][0] == 1.0


@pytest.mark.slow(10)
def test_a_killed_sac_ends_with_the_same_bytes(results: Path, tmp_path: Path) -> None:
    job = sac("sac_collective", 3).model_copy(update={"checkpoint_seconds": 0.0})
    arguments = sac_arguments(results, "sac_collective", 3, job, tmp_path)
    team = Path(arguments[3])
    state = JobState.of(job, tmp_path, team)
    kill_once_saved("kmyriad.stages.side_sac", arguments, state.path)
    assert state.path.exists() and not (tmp_path / "metrics.csv").exists()
    side_sac.main(arguments)
    assert timeless(tmp_path / "metrics.csv") == timeless(results / "side_sac/Room/sac_collective/goal0/seed3/metrics.csv")


def test_heads_are_no_soft_actor_critics(results: Path, tmp_path: Path) -> None:
    team = results / "side_train/Room/kmyriad/seed3/team.safetensors"
    with pytest.raises(StageError, match=r"^kmyriad has no soft actor-critics to go on from: name untrained or an off-policy"):
        side_sac.side_sac(sac("kmyriad", 3), team, tmp_path / "metrics.csv")


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
    continued = [str(path) for path in sorted(results.rglob("side_sac/**/metrics.csv"))]
    inputs = [*files["metrics"], *files["measures"], *sent, *continued]
    table.main(["--job", job, "--inputs", *inputs, "--output", str(tmp_path / "table.csv")])
    printed = (tmp_path / "table.md").read_text()
    assert printed.count("| Room |") == 3 and "success at the end" in printed and "SAC: at the end" in printed
    assert pd.read_csv(tmp_path / "table.csv").set_index("method")["late_sac_mean"].notna().to_dict() == {
        "untrained": True,
        "kmyriad": False,
        "sac_collective": True,
    }
    judged = ["--job", '{"scale": "tiny", "epochs": 1, "update": "gradient"}', "--output", str(tmp_path / "claims.json")]
    evidence = ["--evidence", "side_by_side", "measures", *files["measures"], "--evidence", "side_by_side", "sent", *sent]
    evidence += ["--evidence", "side_by_side", "continued", *continued]
    claims.main([*judged, *evidence])
    verdicts = {row["claim"]: row["verdict"] for row in json.loads((tmp_path / "claims.json").read_text())}
    assert "Room: clipped K-Myriad sees more than the best untrained noise (nats)" in verdicts
    assert "Room: SAC ends higher from the best of N agents of a common bank, against a new one (share of episodes)" in verdicts
    assert not any("RND" in claim for claim in verdicts)  # what was not run is not judged
