"""Every kind of training in both trackers: stopped, killed and resumed it has each point once, and the results' bytes stay."""

import importlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from safetensors import safe_open
from tensorboard.compat.tensorflow_stub.errors import NotFoundError

from kmyriad.jobs import trackers
from kmyriad.jobs.checkpoint import save_policy
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings.tracking import VARIABLE, TrackSettings
from kmyriad.stages import collaborative_train, finetune, gridworld_train, pretrain
from tests.jobs.curves import of_tensorboard, of_wandb

# Ends the job after its third epoch, as a cluster would.
STOPPER = """
import signal

PACKAGE = "signal"


class Tracker:
    def __init__(self, run, past):
        list(past)

    def add(self, step, values):
        if step == 2:
            signal.raise_signal(signal.SIGTERM)

    def close(self):
        pass
"""
NETWORKS = {"envs": 4, "horizon": 30, "trunk": [16, 8], "adapter": 8}
PPO = {"envs": 4, "horizon": 20, "env_steps": 4800, "value_hidden": [8], "warmup": 2, "minibatch_rows": 4}
CE = {
    "agents": 2,
    "env_steps": 2400,
    "seed_steps": 100,
    "updates_per_step": 0.1,
    "sac": {"actor": [16, 16], "critic": [16, 16], "batch": 16, "buffer": 1600},
    "reward": {"bank": 50, "k": 5, "encoder_widths": [8, 8]},
    "evaluation": {"interval": 200, "episodes": 1, "last": 3},
}
GRID = {"world": "room-det", "agents": 2, "arm": "parallel", "variant": {}, "seeds": [0, 7], "updates": 800, "batch": 10}


class Kind(NamedTuple):
    """A kind of training: its command, what it writes beside the metrics, its job and the number of its epochs."""

    main: Callable[[list[str]], None]
    option: str
    trained: str
    job: dict
    epochs: int


KINDS = {
    "pretrain": Kind(
        pretrain.main,
        "--policy",
        "policy.safetensors",
        {"environment": "ant-empty", "heads": 2, "seed": 3, "pretrain": {**NETWORKS, "epochs": 60, "checkpoint_seconds": 1000}},
        60,
    ),
    "finetune": Kind(
        finetune.main,
        "--policy",
        "policy.safetensors",
        {"environment": "ant-empty", "goal": 0, "seed": 3, "finetune": PPO, "checkpoint_seconds": 1000, "threads": 1},
        60,
    ),
    "collaborative_train": Kind(
        collaborative_train.main,
        "--agents",
        "agents.safetensors",
        {"task": "maze", "settings": CE, "seeds": [3, 5], "checkpoint_seconds": 1000},
        12,
    ),
    "gridworld_train": Kind(gridworld_train.main, "--theta", "theta.safetensors", {**GRID, "block": 20}, 40),
}


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    """The arguments that PPO alone has: an actor and a goal."""
    save_policy(tmp_path / "actor.safetensors", MultiHeadPolicy(62, 8, 1, trunk=(16,), adapter=8, seed=1), {})
    (tmp_path / "goals.json").write_text("[[0.5, 0.0]]")
    return ["--actor", str(tmp_path / "actor.safetensors"), "--goals", str(tmp_path / "goals.json")]


def arguments(name: str, folder: Path, inputs: list[str]) -> list[str]:
    kind = KINDS[name]
    paths = [kind.option, str(folder / kind.trained), "--metrics", str(folder / "metrics.csv")]
    return ["--job", json.dumps(kind.job), *paths, *(inputs if name == "finetune" else [])]


def track(monkeypatch: pytest.MonkeyPatch, results: Path, *names: str) -> None:
    """Let the jobs of `results` be tracked so from now on."""
    monkeypatch.setenv(VARIABLE, TrackSettings(trackers=names, results=results).model_dump_json())


def metrics(folder: Path) -> pd.DataFrame:
    """Return the finished metrics without what time makes."""
    table = pd.read_csv(folder / "metrics.csv")
    return table.drop(columns=[name for name in table if name.startswith("seconds_")])


def kill_past_what_is_saved(module: str, command: list[str], state: Path, curve: Path) -> None:
    """Run the job, and kill it as soon as it has shown more rows in `curve` than `state` has."""
    with safe_open(state, "np") as file:
        saved = len(json.loads(file.metadata()["rows"]))
    with subprocess.Popen([sys.executable, "-m", module, *command], stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 90
        # What the attempt before has left there are the rows that are saved.
        while _rows(curve) < saved + 3:
            assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    with safe_open(state, "np") as file:
        assert len(json.loads(file.metadata()["rows"])) == saved, "nothing was saved since"


def _rows(curve: Path) -> int:
    """Return how many rows a curve has so far; none in the moment in which one file takes another's place."""
    try:
        return len(of_tensorboard(curve))
    except NotFoundError:
        return 0


@pytest.mark.slow(40)
@pytest.mark.parametrize("name", KINDS)
def test_killed_and_resumed_it_has_each_point_once(
    name: str, tmp_path: Path, inputs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, run = KINDS[name], f"{name}/there/seed3"
    plain, results = tmp_path / "plain" / run, tmp_path / "results"
    folder, curve = results / run, results / "tracked/tensorboard" / run
    kind.main(arguments(name, plain, inputs))
    (tmp_path / "trackers").mkdir()
    (tmp_path / "trackers/stopper.py").write_text(STOPPER)
    monkeypatch.setattr(trackers, "__path__", [*trackers.__path__, str(tmp_path / "trackers")])
    importlib.invalidate_caches()
    track(monkeypatch, results, "stopper", "tensorboard")
    with pytest.raises(SystemExit, match="stopped by SIGTERM after epoch 3"):
        kind.main(arguments(name, folder, inputs))
    (state,) = folder.glob(".state-*.safetensors")
    assert [step for step, _ in of_tensorboard(curve)] == [0, 1, 2]
    track(monkeypatch, results, "tensorboard", "wandb")
    kill_past_what_is_saved(f"kmyriad.stages.{name}", arguments(name, folder, inputs), state, curve)
    kind.main(arguments(name, folder, inputs))
    assert (folder / kind.trained).read_bytes() == (plain / kind.trained).read_bytes()
    pd.testing.assert_frame_equal(metrics(folder), metrics(plain))
    curves = of_tensorboard(curve), of_wandb(results / "tracked/wandb" / run)
    for found in curves:
        assert [step for step, _ in found] == list(range(kind.epochs))
    _check_values(curves[0], pd.read_csv(folder / "metrics.csv"))
    for (_, single), (_, exact) in zip(*curves, strict=True):
        assert single == pytest.approx(exact, rel=1e-6)


def _check_values(curve: list, table: pd.DataFrame) -> None:
    """What stands in the metrics, stands in the curves: of seeds side by side, those of the first."""
    several = "seed" in table
    table = table[table["seed"] == table["seed"].iloc[0]] if several else table
    name = f"entropy/seed{table['seed'].iloc[0]}" if several else "env_steps"
    column = "entropy" if several else "env_steps"
    expected = table[column].tolist()
    assert [points.get(name, float("nan")) for _, points in curve] == pytest.approx(expected, rel=1e-4, abs=1e-5, nan_ok=True)
