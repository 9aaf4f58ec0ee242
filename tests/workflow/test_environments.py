"""What the workflow's files say of one another: the software of its jobs, and the rules that its profiles name."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from kmyriad.envs.isaaclab_backend import INSTALL

PROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
ISAACLAB = re.compile(r"isaaclab\[isaacsim\]==[\w.]+")


def pip_of(environment: str) -> list[str]:
    """Return what workflow/envs/<environment>.yaml installs with pip."""
    *_, pip = yaml.safe_load(Path(f"workflow/envs/{environment}.yaml").read_text())["dependencies"]
    return pip["pip"]


def rules() -> set[str]:
    """Return the names of the rules in workflow/rules that are written out; papers.smk and claims.smk make theirs of a table."""
    found = re.compile(r"^ *(?:rule|use rule \w+ as) (\w+)", re.MULTILINE)
    return {name for file in Path("workflow/rules").glob("*.smk") for name in found.findall(file.read_text())}


def test_the_main_environment_is_the_lock() -> None:
    assert Path("workflow/envs/main.yaml").resolve() == Path("environment.yml").resolve()


def test_isaac_labs_environment_holds_the_pins_of_its_extra() -> None:
    entries = pip_of("isaaclab")
    assert entries[-len(EXTRAS["isaaclab"]) :] == EXTRAS["isaaclab"]
    source, simulator, *others = entries[: -len(EXTRAS["isaaclab"])]
    assert source.startswith("--extra-index-url ")
    assert set(others) <= {*PROJECT["dependencies"], *EXTRAS["pipeline"]}, "what a job imports, as we declare it"
    for place in ("docs/simulators.md", "kmyriad/envs/isaaclab_backend.py"):
        assert set(ISAACLAB.findall(Path(place).read_text())) == {simulator}, place
    assert simulator in INSTALL


def test_what_a_user_is_told_to_install_is_there() -> None:
    extras = {name for match in re.findall(r"\.\[([\w,]+)\]", INSTALL) for name in match.split(",")}
    assert extras == {"pipeline", "isaaclab"} and extras <= set(EXTRAS)


@pytest.mark.parametrize("profile", ["gpu", "slurm"])
def test_profiles_name_rules_that_there_are(profile: str) -> None:
    settings = yaml.safe_load(Path(f"workflow/profiles/{profile}/profile.yaml").read_text())
    groups = settings.get("groups", {})
    assert {*settings["set-resources"], *groups} <= rules()
    assert set(settings.get("group-components", {})) == set(groups.values())


def test_trainings_of_one_kind_have_the_same_resources() -> None:
    # `use rule collaborative_train as collaborative_maze` does not hand them on.
    resources = yaml.safe_load(Path("workflow/profiles/slurm/profile.yaml").read_text())["set-resources"]
    assert resources["collaborative_train"] == resources["collaborative_maze"]
