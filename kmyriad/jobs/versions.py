"""What DVC keeps of the results: getting it from the remote, or saying in one line what to do where that is not possible."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from kmyriad.jobs.files import StageError

FILES = ("dvc.yaml", "results/walk/dvc.yaml")
"""The scales that are versioned, a file each."""


def kept(project: Path) -> dict[str, str | None]:
    """Return what DVC keeps in the project at `project`, by path: the hash of the version in dvc.lock, or None.

    Raises:
        StageError: there is no dvc.yaml.
    """
    if not (project / FILES[0]).exists():
        raise StageError(f"there is no {FILES[0]} in {project.resolve()}; run this in the folder of the project")
    versions: dict[str, str | None] = {}
    for file in filter(lambda name: (project / name).exists(), FILES):
        locked = {path: entry.get("md5") for path, entry in _outs(project / file).items()}
        versions |= {path: locked.get(path) for path in _cached(project / file)}
    return versions


def pull(project: Path) -> list[str]:
    """Get every version that dvc.lock names from the remote; return lines that say what is here and what has no version yet.

    Files that are here and differ are left as they are.

    Raises:
        StageError: nothing has a version yet; or the remote does not have a version, or cannot be reached: then nothing is
            written into the results.
    """
    versions = kept(project)
    named = [path for path, version in versions.items() if version]
    without = [path for path, version in versions.items() if not version]
    hint = f"dvc.lock names no version of {', '.join(without)}; make them with snakemake, then: dvc commit --force; dvc push"
    if not named:
        raise StageError(hint)
    command = [sys.executable, "-m", "dvc", "pull", *named]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    if done.returncode:
        raise StageError(f"{', '.join(named)}: {_cause(done.stderr)}; set the remote (docs/dvc.md), or make them with snakemake")
    return [f"here: {', '.join(named)}", *([hint] if without else [])]


def _cached(file: Path) -> list[str]:
    stages = yaml.safe_load(file.read_text())["stages"].values()
    outs = [out for stage in stages for out in stage["outs"]]
    return [path for out in outs for path, options in out.items() if options.get("cache", True)]


def _outs(file: Path) -> dict[str, dict[str, Any]]:
    lock = file.with_suffix(".lock")
    stages = yaml.safe_load(lock.read_text())["stages"].values() if lock.exists() else ()
    return {out["path"]: out for stage in stages for out in stage["outs"]}


def _cause(text: str) -> str:
    """Return why DVC failed, in one line, from what it printed."""
    if "neither locally nor on remote" in text:
        return "DVC's remote does not have them"
    lines = [line.removeprefix("ERROR: ").strip() for line in text.splitlines() if line.startswith("ERROR: ")]
    return lines[0] if lines else "dvc pull failed"
