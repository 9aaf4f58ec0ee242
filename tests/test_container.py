"""Dockerfile and apptainer.def against each other and against what they mirror; nothing is built."""

import re
from pathlib import Path

import pytest
import yaml

from tests.copies import ROOT, copy_project
from tests.workflow.smoke import snakemake


def read(name: str) -> str:
    """Return the file with continued lines joined."""
    return re.sub(r"\\\n\s*", "", (ROOT / name).read_text())


def packages(text: str) -> set[str]:
    """Return what apt installs."""
    return set(
        re.search(r"apt-get install -y(?: -q)? --no-install-recommends ([\w +.-]+?)(?: &&|$)", text, re.MULTILINE)[1].split()
    )


def test_both_files_describe_one_image() -> None:
    docker, apptainer = read("Dockerfile"), read("apptainer.def")
    bases = re.search(r"^FROM (\S+)", docker, re.MULTILINE)[1], re.search(r"^From: (\S+)", apptainer, re.MULTILINE)[1]
    assert len(set(bases)) == 1
    assert packages(docker) == packages(apptainer)
    installs = [re.search(r"pip install .*--requirement (\S+)$", text, re.MULTILINE) for text in (docker, apptainer)]
    assert installs[0][0] == installs[1][0]
    copied = re.search(r"^COPY (\S+) (\S+)$", docker, re.MULTILINE)
    assert copied.groups() == ("requirements.lock", installs[0][1])
    assert re.search(rf"^    {copied[1]} {copied[2]}$", apptainer, re.MULTILINE)
    assert f"!{copied[1]}" in (ROOT / ".dockerignore").read_text().splitlines()


def test_python_is_that_of_the_environment() -> None:
    python, *_ = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert f"FROM {python.replace('=', ':')}-slim" in read("Dockerfile")


def test_apt_installs_what_ci_does() -> None:
    needed = {name for names in re.findall(r"need\+=\(([^)]*)\)", (ROOT / ".ci/run").read_text()) for name in names.split()}
    # The image has Python's venv already, and nothing is shown in a browser there.
    assert needed - {"python3-venv", "chromium"} | {"git"} == packages(read("Dockerfile"))


@pytest.mark.slow(8)
def test_jobs_take_the_image_that_is_there(tmp_path: Path) -> None:
    folder = copy_project(tmp_path)
    (folder / "kmyriad.sif").touch()
    script = '\nimport sys\nprint("image:", {str(rule.container_img) for rule in workflow.rules}, file=sys.stderr)\n'
    with (folder / "workflow/Snakefile").open("a") as file:
        file.write(script)
    assert f"image: {{'{folder / 'kmyriad.sif'}'}}" in snakemake(folder, "--list-rules").stderr
    (folder / "kmyriad.sif").unlink()
    assert "image: {'None'}" in snakemake(folder, "--list-rules").stderr
