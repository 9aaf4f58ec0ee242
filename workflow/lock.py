"""Writes requirements.lock and environment.yml from what is installed beside this interpreter (see `make lock`)."""

import re
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {"kmyriad", "pip"}


def pins() -> list[str]:
    """Return name==version of every installed package, without local build tags such as +cpu."""
    found = {}
    for package in distributions():
        name = re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()
        found[name] = package.version.split("+")[0]
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name not in NOT_OURS]


def environment(requirements: list[str]) -> str:
    """Return the conda environment that installs the same pins with pip."""
    head = "# Written by `make lock`; mirrors requirements.lock.\nname: kmyriad\nchannels: [conda-forge]\ndependencies:\n"
    listed = "\n".join(f"      - {requirement}" for requirement in requirements)
    return f"{head}  - python=3.11\n  - pip\n  - pip:\n{listed}\n      - -e .\n"


if __name__ == "__main__":
    requirements = pins()
    (ROOT / "requirements.lock").write_text("# Written by `make lock`.\n" + "\n".join(requirements) + "\n")
    (ROOT / "environment.yml").write_text(environment(requirements))
