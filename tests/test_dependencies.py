"""What `pip install kmyriad` brings with it: the library's own needs, and neither Snakemake nor plots."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest

PROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]
LIBRARY = ("collaborative", "envs", "estimators", "finetune", "gridworld", "policies", "pretrain")
"""Packages that a program of one's own imports."""
DISTRIBUTIONS = {
    "PIL": "pillow",
    "ale_py": "ale-py",
    "cv2": "opencv-python-headless",
    "dm_control": "dm-control",
    "gymnasium_robotics": "gymnasium-robotics",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "mujoco_warp": "mujoco-warp",
    "warp": "warp-lang",
    "yaml": "pyyaml",
}
"""What a module is installed as, where it has another name."""
WITH_ISAAC_LAB = {"isaaclab", "isaaclab_assets", "isaaclab_tasks", "trimesh"}
"""What comes with the simulator: docs/simulators.md."""


def names(requirements: Iterable[str]) -> set[str]:
    """Return the names of the distributions, without versions and extras."""
    return {re.match(r"[\w-]+", requirement)[0].lower() for requirement in requirements}


def imported(path: Path) -> set[str]:
    """Return the first names of what the file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}}


def test_the_library_needs_these_packages() -> None:
    expected = "gymnasium mujoco numpy pydantic pyyaml safetensors scipy torch tqdm"
    assert names(PROJECT["dependencies"]) == set(expected.split())


def test_the_pipeline_needs_these_beside_them() -> None:
    pipeline = names(PROJECT["optional-dependencies"]["pipeline"])
    assert pipeline >= {"snakemake", "snakemake-executor-plugin-slurm", "dvc", "pandas", "matplotlib", "pillow"}
    assert not pipeline & names(PROJECT["dependencies"])


def test_all_that_is_imported_is_declared() -> None:
    declared = names(chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()))
    known = sys.stdlib_module_names | WITH_ISAAC_LAB | {"kmyriad", "pydantic_core"}
    for path in Path("kmyriad").rglob("*.py"):
        missing = {DISTRIBUTIONS.get(name, name) for name in imported(path) - known} - declared
        assert not missing, path


ALONE = """
import sys
# What sys.modules has as None cannot be imported.
sys.modules.update(dict.fromkeys({absent}))
import {modules}
from kmyriad.settings import PretrainSettings

env = kmyriad.envs.make("ant-empty", 4)
settings = PretrainSettings(envs=4, horizon=5, epochs=1, trunk=(8,), adapter=8, k=1, update="{update}", initial_std=2.0)
run = kmyriad.pretrain.Pretraining(env, settings, heads=2, features=["x", "y"], seed=0)
print(run.run_epoch().env_steps)
"""


@pytest.mark.slow(5)
@pytest.mark.parametrize("update", ["gradient", "trust-region"])
def test_the_library_trains_without_the_pipeline(update: str) -> None:
    absent = {*names(PROJECT["optional-dependencies"]["pipeline"]), *DISTRIBUTIONS, "seaborn"} - {"yaml"}
    modules = ", ".join(f"kmyriad.{part}" for part in LIBRARY)
    script = ALONE.format(absent=sorted(absent), modules=modules, update=update)
    run = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "20\n"
