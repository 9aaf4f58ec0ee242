"""The bridge's rows from hand-made visits and tables, and its figure from both."""

from math import log
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from kmyriad.gridworld import world
from kmyriad.papers.pgpse.bridge import main, pgpse_bridge
from kmyriad.settings import BridgeJob

ROOM = world("room-det")
JOB = BridgeJob(world="room-det", agents=(2,), seeds=(0,), visits=4, shown=2)


def visits(folder: Path, directions: list[float]) -> str:
    """A file of visits in which each head's two points walk a metre an action along x, to the wall."""
    file = folder / f"visit/gridworld-room-det/heads{len(directions)}/seed0/particles.safetensors"
    file.parent.mkdir(parents=True)
    walk = torch.arange(1.0, 8.0).clamp(max=5)
    points = [torch.stack([way * walk, 0 * walk], 1) for way in directions for _ in range(2)]
    save_file({"particles": torch.stack(points, 1)}, file, {"heads": str(len(directions))})
    return str(file)


def tables(folder: Path, arm: str, actions: list[int], variant: str = "plain") -> str:
    """A file of softmax tables of one seed; each agent takes its one action (almost) always."""
    file = folder / f"gridworld_train/room-det/{variant}/{arm}2/theta.safetensors"
    file.parent.mkdir(parents=True)
    theta = torch.zeros(1, len(actions), 4, ROOM.states, dtype=torch.float64)
    for agent, action in enumerate(actions):
        theta[0, agent, action] = 60.0
    save_file({"theta": theta}, file)
    return str(file)


def test_rows_by_hand(tmp_path: Path) -> None:
    # All walk to the wall at x = 5 or -5 and stay. Left, right: each cell of the middle row but the start once and the ends
    # three times each, the start twice, of 16 visits.
    entropy = (8 / 16 * log(16) + 2 * 3 / 16 * log(16 / 3) + 2 / 16 * log(8)) / log(43)
    # Each agent alone: four cells and the start once, the end three times, of 8.
    alone = (5 / 8 * log(8) + 3 / 8 * log(8 / 3)) / log(43)
    heads = [visits(tmp_path / "one", [-1.0]), visits(tmp_path / "two", [-1.0, 1.0])]
    policies = [
        tables(tmp_path, "parallel", [0, 2]),
        tables(tmp_path, "single", [0]),
        tables(tmp_path, "parallel", [0, 2], "infinite"),
    ]
    _, summary = pgpse_bridge(JOB, [*heads, *policies])
    means = summary.set_index(["method", "arm", "measure"])["mean"]
    for method in ("K-Myriad", "PGPSE", "PGPSE, infinite trials"):
        assert means[method, "parallel", "entropy"] == pytest.approx(entropy)
        assert means[method, "parallel", "mixture"] == pytest.approx(entropy)
        assert means[method, "parallel", "individual"] == pytest.approx(alone)
        assert means[method, "parallel", "divergence"] == pytest.approx(entropy - alone)
        assert means[method, "parallel", "support"] == 11
    for method in ("K-Myriad", "PGPSE"):
        # Two trajectories of one agent that always does the same.
        assert means[method, "single", "entropy"] == pytest.approx(alone)
        assert means[method, "single", "divergence"] == pytest.approx(0, abs=1e-9)
        assert means[method, "single", "support"] == 6


def test_command(tmp_path: Path) -> None:
    heads = [visits(tmp_path / "one", [1.0]), visits(tmp_path / "two", [-1.0, 1.0])]
    policies = [tables(tmp_path, "parallel", [0, 2]), tables(tmp_path, "single", [0])]
    pdf = tmp_path / "bridge.pdf"
    main(["--job", JOB.model_dump_json(), "--inputs", *heads, *policies, "--output", str(pdf)])
    assert pdf.read_bytes().startswith(b"%PDF")
    assert set(pd.read_csv(pdf.with_suffix(".csv"))["measure"]) == {"entropy", "mixture", "divergence", "individual", "support"}


def test_tables_of_another_world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policies = [tables(tmp_path, "parallel", [0, 2])]
    maze = JOB.model_copy(update={"world": "maze-det"}).model_dump_json()
    with pytest.raises(SystemExit) as stop:
        main(["--job", maze, "--inputs", visits(tmp_path, [1.0]), *policies, "--output", str(tmp_path / "no.pdf")])
    assert "has tables of 55 states, maze-det has 100" in str(stop.value)
