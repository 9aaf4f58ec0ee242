"""One lock: environment.yml holds the same pins, and every declared dependency is among them."""

import re
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet


def locked() -> list[str]:
    lines = Path("requirements.lock").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_environment_mirrors_the_lock() -> None:
    *_, pip = yaml.safe_load(Path("environment.yml").read_text())["dependencies"]
    assert pip["pip"] == [*locked(), "-e ."], "run `make lock`"


def test_every_entry_is_pinned_exactly() -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][\w.!]*", entry) for entry in locked())


def test_declared_dependencies_are_locked() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["pipeline"], *extras["test"], *extras["docs"]]
    names = {re.match(r"[\w-]+", entry)[0].lower() for entry in declared}
    assert names <= {entry.split("==")[0] for entry in locked()}


def test_torch_is_the_version_with_a_cpu_build_everywhere() -> None:
    assert "torch==2.13.0" in locked()
    assert "mujoco==3.17.0" in locked()


def test_every_pin_takes_the_lowest_python_that_is_promised() -> None:
    lowest = tomllib.loads(Path("pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=") + ".0"
    asked = {name: metadata(name)["Requires-Python"] or "" for name in (entry.split("==")[0] for entry in locked())}
    assert [name for name, python in asked.items() if not SpecifierSet(python).contains(lowest)] == []
