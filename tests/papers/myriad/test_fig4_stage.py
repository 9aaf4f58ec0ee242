"""The stage fig4: which file goes into which panel, and what it says of files that are missing."""

import json
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from kmyriad.envs import make
from kmyriad.papers.myriad import fig4

JOB = {"environment": "pointmaze-ring", "note": "a note", "bins": 7}
GOALS = [[2.0, 1.0], [-2.0, 1.0]]
TASKS = [(head, goal) for head in (0, 1) for goal in (0, 1)]
STEPS = 3


def visits(file: Path, x: list[float], heads: int) -> Path:
    """Write what the stage visit would, of as many environments as `x`: they stay at x, 1 m, and have a third feature."""
    row = torch.tensor([[each, 1.0, 9.0] for each in x])
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({"particles": row.repeat(STEPS, 1, 1)}, file, {"heads": str(heads)})
    return file


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, list[Path]]:
    """Head 0 at x = -1 m, head 1 at 1 m, after PPO at the goal; the run to goal g from head h succeeds (h + 2 g + 1) / 10."""
    files = {
        "pretrained": [visits(tmp_path / "visit" / "pointmaze-ring" / "heads2" / "seed0" / "p.safetensors", [-1, -1, 1, 1], 2)]
    }
    files |= {"finetuned": [], "metrics": [], "goals": [tmp_path / "goals" / "pointmaze-ring.json"]}
    files["goals"][0].parent.mkdir()
    files["goals"][0].write_text(json.dumps(GOALS))
    for head, goal in TASKS:
        run = Path("pointmaze-ring") / f"head{head}" / f"goal{goal}" / "seed0"
        files["finetuned"].append(visits(tmp_path / "visit_finetuned" / run / "p.safetensors", [GOALS[goal][0]] * 2, 1))
        folder = tmp_path / "finetune" / run
        folder.mkdir(parents=True)
        # Twelve updates: the mean of the last five is meant, the rest would raise it.
        success = [0.9] * 7 + [(head + 2 * goal + 1) / 10 + change for change in (-0.02, -0.01, 0, 0.01, 0.02)]
        table = pd.DataFrame({"epoch": range(12), "success": success})
        table.to_csv(folder / "metrics.csv", index=False)
        files["metrics"].append(folder / "metrics.csv")
    return files


def run(files: dict[str, list[Path]], pdf: Path, job: dict = JOB) -> None:
    words = ["--inputs", *(str(path) for paths in files.values() for path in paths)]
    with matplotlib.rc_context():
        fig4.main(["--job", json.dumps(job), *words, "--output", str(pdf)])
    plt.close("all")


@pytest.mark.slow(5)
def test_every_file_is_in_its_panel(inputs: dict, tmp_path: Path) -> None:
    # Cells of 1 m by 5/7 m from (-3.5, -2.5): x = -1 is column 2, 1 is 4, -2 is 1, 2 is 5; y = 1 is row 4.
    inputs["finetuned"].reverse()  # the path says what a file is, not its place
    run(inputs, tmp_path / "fig4.pdf")
    assert (tmp_path / "fig4.pdf").stat().st_size and (tmp_path / "fig4.png").stat().st_size
    table = pd.read_csv(tmp_path / "fig4.csv").set_index(["head", "after"]).sort_index()
    assert list(table["row"]) == [4] * 6
    assert table["column"].to_dict() == {
        (0, "goal0"): 5,
        (0, "goal1"): 1,
        (0, "pretrained"): 2,
        (1, "goal0"): 5,
        (1, "goal1"): 1,
        (1, "pretrained"): 4,
    }
    # Two environments a panel, three steps each.
    assert list(table["log_visits"]) == pytest.approx([np.log(7)] * 6, abs=1e-4)
    assert list(table["success"].dropna()) == pytest.approx([0.1, 0.3, 0.2, 0.4])
    assert table["success"].isna().sum() == 2


def test_what_is_drawn_of_the_maze(inputs: dict) -> None:
    job = fig4.Fig4Job(**JOB)
    maze = fig4.maze_of(job.environment, GOALS)
    env = make("pointmaze-ring", 1)
    assert maze.goals == [(2.0, 1.0), (-2.0, 1.0)]
    assert (maze.start, maze.extent, maze.goal_radius) == ((0.0, -1.0), (-3.5, 3.5, -2.5, 2.5), 0.45)
    np.testing.assert_array_equal(maze.walls, env.walls)
    assert len(maze.walls) == 20 + 3


@pytest.mark.parametrize(
    ("option", "change", "message"),
    [
        ("finetuned", lambda files: files[:3], "visit_finetuned has 0 files of head1, goal1, and Fig. 4 needs 1"),
        ("finetuned", lambda files: [*files, files[0]], "visit_finetuned has 2 files of head0, goal0, and Fig. 4 needs 1"),
        ("metrics", lambda files: files[1:], "finetune has 0 files of head0, goal0"),
        (
            "metrics",
            lambda files: [Path("results/finetune/head0/goal0/metrics.csv")],
            "is not in a folder <environment>/<init>/goal",
        ),
        (
            "finetuned",
            lambda files: [Path("results/visit_finetuned/pointmaze-ring/random/goal0/seed0/particles.safetensors")],
            "Fig. 4 shows runs that start from head<i>, not from 'random'",
        ),
    ],
)
def test_incomplete_files(inputs: dict, tmp_path: Path, option: str, change, message: str) -> None:
    inputs[option] = change(inputs[option])
    with pytest.raises(SystemExit, match=message):
        run(inputs, tmp_path / "fig4.pdf")
    assert not (tmp_path / "fig4.pdf").exists()


def test_another_environment(inputs: dict, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: Fig. 4 shows a point maze, not 'ant-empty': take one of pointmaze-\*"):
        run(inputs, tmp_path / "fig4.pdf", {**JOB, "environment": "ant-empty"})
