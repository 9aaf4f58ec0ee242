"""From training in a grid world to its data sets, figures and tables, on trainings of a hundred updates."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from kmyriad.gridworld import train, world
from kmyriad.jobs.files import StageError
from kmyriad.jobs.runs import GRIDWORLDS
from kmyriad.papers.pgpse import fig1 as pgpse_fig1
from kmyriad.papers.pgpse import fig2 as pgpse_fig2
from kmyriad.papers.pgpse import fig3 as pgpse_fig3
from kmyriad.papers.pgpse import fig8 as pgpse_fig8
from kmyriad.papers.pgpse import fig9 as pgpse_fig9
from kmyriad.papers.pgpse import fig10 as pgpse_fig10
from kmyriad.papers.pgpse import finals, specialisation
from kmyriad.settings.gridworld import GridworldSettings, GridworldTrainJob, label_of
from kmyriad.stages import gridworld_datasets, gridworld_train

pytestmark = pytest.mark.xdist_group("gridworld_stages")

SEEDS = [0, 42]
TRAIN = {"world": "room-det", "agents": 2, "arm": "parallel", "variant": {}, "seeds": SEEDS}
TRAIN |= {"updates": 100, "batch": 10, "block": 50}
DATASETS = {"world": "room-det", "seeds": SEEDS, "datasets": 2, "offline_q": {"minibatches": 20}}
FIGURE = {"worlds": ["room-det"], "agents": [2], "note": "a note"}


def run_train(folder: Path, **changes: object) -> Path:
    job = {**TRAIN, **changes}
    folder = folder / str(job["world"]) / "plain" / f"{job['arm']}{job['agents']}"
    paths = ["--theta", str(folder / "theta.safetensors"), "--metrics", str(folder / "metrics.csv")]
    gridworld_train.main(["--job", json.dumps(job), *paths])
    return folder


def run_datasets(folder: Path, thetas: list[Path], **changes: object) -> None:
    paths = ["--datasets", str(folder / "datasets.csv"), "--success", str(folder / "success.csv")]
    inputs = ["--thetas", *(str(theta) for theta in thetas)]
    gridworld_datasets.main(["--job", json.dumps({**DATASETS, **changes}), *inputs, *paths])


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trainings of 2 agents and of the single one in Room-det, and their data sets."""
    folder = tmp_path_factory.mktemp("gridworld")
    thetas = [run_train(folder, arm=arm) / "theta.safetensors" for arm in ("parallel", "single")]
    run_datasets(folder, thetas)
    return folder


@pytest.mark.parametrize("arm", ["parallel", "single"])
def test_training_is_written(results: Path, arm: str) -> None:
    agents, trajectories = (2, 1) if arm == "parallel" else (1, 2)
    expected = train("room-det", agents, trajectories, updates=100, seeds=SEEDS, batch=10)
    folder = results / "room-det" / "plain" / f"{arm}2"
    assert torch.equal(load_file(folder / "theta.safetensors")["theta"], expected.theta)
    table = pd.read_csv(folder / "metrics.csv")
    assert list(table.columns) == ["update", "seed", "entropy", "support"]
    assert table["update"].tolist() == [50, 100] * 2
    assert table["seed"].tolist() == [0, 0, 42, 42]
    assert table["entropy"].iloc[3] == pytest.approx(float(expected.entropy[1, 50:].mean()), abs=1e-6)
    assert table["support"].iloc[0] == pytest.approx(float(expected.support[0, :50].mean()), abs=1e-6)
    facts = json.loads((folder / "theta.json").read_text())
    # 100 updates of 10 x 2 trajectories of 7 actions, 2 seeds.
    assert (facts["format"], facts["seeds"], facts["env_steps"]) == ("kmyriad-gridworld-1", SEEDS, 28_000)
    assert facts["settings"]["variant"]["learning_rate"] == 0.15


def test_the_variant_is_what_is_trained(tmp_path: Path) -> None:
    variant = {"learning_rate": 0.1, "decay": 0.9, "baseline": True}
    theta = load_file(run_train(tmp_path, variant=variant) / "theta.safetensors")["theta"]
    assert torch.equal(theta, train("room-det", 2, 1, 100, SEEDS, lr=0.1, baseline=True, decay=0.9, batch=10).theta)
    folder = run_train(tmp_path, variant={"infinite": True}, updates=10, block=5)
    expected = train("room-det", 2, 1, 10, SEEDS, objective="infinite").theta
    assert torch.equal(load_file(folder / "theta.safetensors")["theta"], expected)
    assert json.loads((folder / "theta.json").read_text())["env_steps"] == 0


def test_data_sets(results: Path) -> None:
    table = pd.read_csv(results / "datasets.csv").set_index(["agents", "source", "seed"])
    assert sorted(table.index) == sorted(product((2,), ("parallel", "single", "random"), SEEDS))
    gap = table["mixture"] - table["individual"] - table["divergence"]
    assert gap.abs().max() < 2e-6  # three numbers of six digits
    assert (table.loc[2].loc["single", "divergence"] == 0).all()
    assert (table.loc[2].loc["random", "action_entropy"] == 1).all()
    assert table["entropy"].between(0, 1).all()


def test_success(results: Path) -> None:
    table = pd.read_csv(results / "success.csv")
    trained = table[table["source"] != "untrained"]
    assert set(trained.groupby(["agents", "source", "seed"]).size()) == {42}
    assert (table["success_horizon"] <= table["success_long"]).all()
    floor = table[table["source"] == "untrained"].set_index("goal")["success_horizon"]
    # Row 2 left of the start (2, 5): states 22 to 26, and no other.
    assert floor[floor > 0].to_dict() == dict.fromkeys(range(22, 27), 1.0)


def test_a_seed_does_not_depend_on_the_others(results: Path, tmp_path: Path) -> None:
    alone = run_train(tmp_path, seeds=[42]) / "theta.safetensors"
    run_datasets(tmp_path, [alone], seeds=[42])
    table, whole = (pd.read_csv(folder / "datasets.csv") for folder in (tmp_path, results))
    whole = whole[(whole["seed"] == 42) & (whole["source"] != "single")]
    pd.testing.assert_frame_equal(table, whole.reset_index(drop=True))


def test_the_same_job_gives_the_same_bytes(results: Path, tmp_path: Path) -> None:
    thetas = [run_train(tmp_path, arm=arm) / "theta.safetensors" for arm in ("parallel", "single")]
    run_datasets(tmp_path, thetas)
    for file in (
        "room-det/plain/parallel2/theta.safetensors",
        "room-det/plain/single2/metrics.csv",
        "datasets.csv",
        "success.csv",
    ):
        assert (tmp_path / file).read_bytes() == (results / file).read_bytes()


FIGURES = {
    pgpse_fig1.main: ("metrics.csv", 2 * 2 * 2),  # quantities, arms, blocks
    pgpse_fig2.main: ("datasets", 3),
    pgpse_fig3.main: ("success", 2 * 4 * 42),  # limits, sources
    pgpse_fig8.main: ("theta.safetensors", 2 * 43),
    pgpse_fig9.main: ("success", 4 * 42),
    pgpse_fig10.main: ("theta.safetensors", 3 * 43),  # agents
}


def draw(main: Callable, inputs: list[Path], pdf: Path, **changes: object) -> None:
    with matplotlib.rc_context():
        main(["--job", json.dumps({**FIGURE, **changes}), "--inputs", *map(str, inputs), "--output", str(pdf)])
    plt.close("all")


def inputs_of(results: Path, file: str) -> list[Path]:
    return sorted(results.glob(f"*/*/*/{file}")) or [results / f"{file}.csv"]


@pytest.mark.slow(5)
@pytest.mark.parametrize("main", FIGURES, ids=["fig1", "fig2", "fig3", "fig8", "fig9", "fig10"])
def test_figures(results: Path, tmp_path: Path, main: Callable) -> None:
    file, rows = FIGURES[main]
    draw(main, inputs_of(results, file), tmp_path / "figure.pdf")
    assert len(pd.read_csv(tmp_path / "figure.csv")) == rows
    assert (tmp_path / "figure.pdf").stat().st_size and (tmp_path / "figure.png").stat().st_size
    assert json.loads((tmp_path / "figure.json").read_text())["settings"]["agents"] == [2]


def test_tables(results: Path, tmp_path: Path) -> None:
    job, metrics = ["--job", json.dumps(FIGURE)], map(str, inputs_of(results, "metrics.csv"))
    finals.main([*job, "--inputs", *metrics, "--output", str(tmp_path / "finals.csv")])
    specialisation.main([*job, "--inputs", str(results / "datasets.csv"), "--output", str(tmp_path / "parts.csv")])
    final = pd.read_csv(tmp_path / "finals.csv")
    assert final[["world", "agents", "arm", "seeds"]].to_numpy().tolist() == [
        ["room-det", 2, "parallel", 2],
        ["room-det", 2, "single", 2],
    ]
    assert "0.712 ± 0.000" in (tmp_path / "finals.md").read_text()
    parts = pd.read_csv(tmp_path / "parts.csv")
    assert (parts["mixture"] - parts["individual"] - parts["divergence"]).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"world": "room-dett"}, "error: unknown world 'room-dett'; did you mean 'room-det'?"),
        ({"block": 30}, "block = 30 does not divide updates = 100"),
        ({"arm": "both"}, "config: arm: "),
        ({"variant": {"lerning_rate": 1}}, "did you mean 'learning_rate'"),
    ],
)
def test_wrong_trainings(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(SystemExit, match=message.replace("?", r"\?")):
        run_train(tmp_path, **changes)
    assert not list(tmp_path.rglob("*.*"))


def test_wrong_files(results: Path, tmp_path: Path) -> None:
    theta = results / "room-det" / "plain" / "parallel2" / "theta.safetensors"
    with pytest.raises(SystemExit, match=r"has tables of 2 seeds, not of \[0\]"):
        run_datasets(tmp_path, [theta], seeds=[0])
    with pytest.raises(SystemExit, match="has tables of 55 states, maze-det has 100"):
        run_datasets(tmp_path, [theta], world="maze-det")
    with pytest.raises(SystemExit, match=r"none\.safetensors is missing, damaged or no file of softmax tables"):
        run_datasets(tmp_path, [theta.with_name("none.safetensors")])
    (tmp_path / "w" / "v" / "single3").mkdir(parents=True)
    save_file({"other": torch.zeros(1)}, tmp_path / "w" / "v" / "single3" / "theta.safetensors")
    with pytest.raises(SystemExit, match="no file of softmax tables"):
        run_datasets(tmp_path, [tmp_path / "w" / "v" / "single3" / "theta.safetensors"])
    with pytest.raises(StageError, match=r"is not in a folder <world>/<variant>/<arm><agents>, arm one of parallel, single"):
        GRIDWORLDS.of("results/room-det/plain/both6/theta.safetensors")


def test_figures_without_their_runs(results: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no input has room-det with 6 agents, which the figure is to show"):
        draw(pgpse_fig1.main, inputs_of(results, "metrics.csv"), tmp_path / "f.pdf", agents=[6])
    with pytest.raises(SystemExit, match="the figure needs one file of room-det, 2 agents, single, got 0"):
        draw(pgpse_fig8.main, inputs_of(results, "theta.safetensors")[:1], tmp_path / "f.pdf")
    assert not list(tmp_path.iterdir())


def test_settings() -> None:
    settings = GridworldSettings()
    assert [len(world(name).free) for name in settings.worlds] == [43] * 4
    assert list(settings.variants) == ["plain", "baseline", "decayed", "infinite"]
    with pytest.raises(ValueError, match="block = 50 does not divide updates = 120"):
        GridworldSettings(updates=120)
    assert label_of("map:maps/my room.txt") == "map-maps-my-room.txt"
    job = GridworldTrainJob.model_validate(TRAIN)
    assert GridworldTrainJob.model_validate_json(job.model_dump_json()) == job
