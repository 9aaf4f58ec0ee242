"""The Isaac Lab backend. Isaac Lab's own classes run in a process of their own, without Isaac Sim (tests/envs/isaaclab).

The wheel cannot be among the requirements: it pins an older NumPy than ours. It is fetched once, without what it requires,
into pytest's cache.
"""

import ast
import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree

import pytest

from kmyriad.cli import main
from kmyriad.envs import isaaclab_backend, make
from kmyriad.envs.isaaclab_backend import INSTALL

ROOT = Path(__file__).resolve().parents[2]
CHECKS = sorted((Path(__file__).parent / "isaaclab").glob("check_*.py"))
NODES = [node for path in CHECKS for node in ast.parse(path.read_text()).body]
NAMES = [node.name for node in NODES if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
WHEELS = {
    "isaaclab": "isaaclab==2.3.2.post1",
    "toml": "toml==0.10.2",
    "trimesh": "trimesh==5.2.0",
    "prettytable": "prettytable==3.18.0",
    "warp": "warp-lang==1.19.0",
}
"""What the checks import beside our own requirements, by module."""


@pytest.fixture(scope="module")
def wheels(pytestconfig) -> Path:
    """A directory with those of `WHEELS` that are not installed."""
    wanted = [wheel for module, wheel in WHEELS.items() if find_spec(module) is None]
    folder = pytestconfig.cache.mkdir("isaaclab") / "-".join(re.sub(r"\W+", "_", wheel) for wheel in wanted or ["none"])
    if wanted and not folder.exists():
        partial = folder.with_name("partial")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", str(partial), *wanted]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"pip could not fetch {' '.join(wanted)}: {done.stderr.strip().splitlines()[-1]}")
        partial.rename(folder)
    return folder


@pytest.fixture(scope="module")
def outcomes(wheels: Path, tmp_path_factory) -> dict[str, list[str]]:
    """What went wrong in each check, by name; an empty list for those that passed."""
    report = tmp_path_factory.mktemp("isaaclab") / "report.xml"
    options = ["-q", "-o", "filterwarnings=default", "-p", "no:cacheprovider", f"--junitxml={report}"]
    path = os.pathsep.join([str(CHECKS[0].parent), str(ROOT), os.environ.get("PYTHONPATH", ""), str(wheels)])
    command = [sys.executable, "-m", "pytest", *options, *map(str, CHECKS)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: dict[str, list[str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        wrong = found.setdefault(case.attrib["name"].partition("[")[0], [])
        wrong += [f"{case.attrib['name']}: {problem.text}" for problem in (*case.iter("failure"), *case.iter("error"))]
    return found


@pytest.mark.slow(2)
@pytest.mark.xdist_group("isaaclab")
@pytest.mark.parametrize("name", NAMES)
def test_without_isaac_sim(name: str, outcomes: dict[str, list[str]]) -> None:
    assert not outcomes[name], "\n".join(outcomes[name])


def missing(monkeypatch, *modules: str) -> None:
    """Make the package look as if these modules were not installed."""
    monkeypatch.setattr("kmyriad.envs.isaaclab_backend.find_spec", lambda name: None if name in modules else object())


@pytest.mark.parametrize(
    ("modules", "names"),
    [
        (("isaaclab", "isaacsim"), "Isaac Lab and Isaac Sim"),
        (("isaacsim",), "Isaac Sim"),
        (("isaaclab",), "Isaac Lab"),
    ],
)
def test_a_missing_package_is_named_with_the_command(monkeypatch, modules, names: str) -> None:
    missing(monkeypatch, *modules)
    with pytest.raises(ModuleNotFoundError) as caught:
        make("ant-empty", 2, "isaaclab")
    assert str(caught.value) == f"{names} not installed; in a new Python 3.11 environment run: {INSTALL}"


def test_the_application_changes_nothing_of_ours(monkeypatch) -> None:
    # It reads the command line, and its handlers would end a killed process with exit code 0.
    seen = []

    def launch(**options) -> None:
        seen.append((list(sys.argv), options))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.stdout = None

    monkeypatch.setitem(sys.modules, "isaaclab", ModuleType("isaaclab"))
    monkeypatch.setitem(sys.modules, "isaaclab.app", SimpleNamespace(AppLauncher=launch))
    monkeypatch.setattr(sys, "argv", ["kmyriad", "check-env", "--backend", "isaaclab"])
    before = signal.getsignal(signal.SIGTERM), sys.stdout
    isaaclab_backend._start.cache_clear()
    for _ in range(2):
        isaaclab_backend._start("cuda:0")
    isaaclab_backend._start.cache_clear()
    assert seen == [(["kmyriad"], {"headless": True, "device": "cuda:0"})]
    assert (signal.getsignal(signal.SIGTERM), sys.stdout) == before
    assert sys.argv[1:] == ["check-env", "--backend", "isaaclab"]


def test_check_env_ends_with_one_line(monkeypatch) -> None:
    missing(monkeypatch, "isaaclab", "isaacsim")
    with pytest.raises(SystemExit, match="^error: Isaac Lab and Isaac Sim not installed; .* run: pip install [^\n]*$"):
        main(["check-env", "ant-empty", "--backend", "isaaclab"])


def test_goals_are_checked_before_the_simulator_starts() -> None:
    with pytest.raises(ValueError, match="goal"):
        make("ant-empty", 2, "isaaclab", goal=(float("nan"), 0.0))


def test_only_isaac_lab_generates_terrains_and_only_ants_run_on_it() -> None:
    with pytest.raises(ValueError, match="generator_seed is a setting of the backend isaaclab, and mujoco is chosen"):
        make("ant-cave", 2, generator_seed=0)
    with pytest.raises(ValueError, match="unknown backend 'isaaclab' .choices: mujoco."):
        make("pointmaze-open", 2, "isaaclab")


def test_the_version_tested_is_the_one_to_install() -> None:
    assert WHEELS["isaaclab"].partition("==")[2] in INSTALL
