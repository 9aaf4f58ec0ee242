"""Where a result comes from: settings, code, versions, machine and time, as JSON in a sidecar beside it."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kmyriad.jobs.files import StageError, write_atomically

PACKAGE = Path(__file__).resolve().parent.parent / "__init__.py"
TABLES = (".csv", ".md", ".tex", ".json")
PACKAGES = ("kmyriad", "torch", "numpy", "scipy", "mujoco", "mujoco-warp", "gymnasium", "pandas", "matplotlib", "seaborn")


def provenance(threads: int, device: str, seconds: float | None) -> dict[str, object]:
    """Return what produced a result in `seconds` of wall time: git commit, whether the tree was dirty, versions, machine."""
    import torch  # here, so that reading a sidecar needs no torch

    return {
        **_code(),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "device": f"{device} ({_processor() if device == 'cpu' else torch.cuda.get_device_name(device)})",
        "threads": threads,
        "torch_matmul_precision": torch.get_float32_matmul_precision(),
        "seconds": seconds,
    }


def sidecar_of(path: Path) -> Path:
    """Return the path of the sidecar of the result at `path`: <name>.json, of a table or a JSON file <name>.record.json."""
    return path.with_suffix(".record.json" if path.suffix in TABLES else ".json")


def write_sidecar(path: Path, kind: str, facts: dict[str, object]) -> None:
    """Write `facts` beside the result at `path`; `kind`, e.g. kmyriad-policy-1, is how a reader knows them."""
    text = json.dumps({"format": kind, **facts}, indent=2) + "\n"
    write_atomically(sidecar_of(path), lambda temporary: temporary.write_text(text))


def read_sidecar(path: Path) -> dict | None:
    """Return the facts beside the result at `path`, or None where there are none or none of this project's."""
    # The numbers of a figure share its sidecar, and a sidecar tells of itself.
    for place in (sidecar_of(path), path.with_suffix(".json"), path):
        if place.suffix == ".json" and (facts := _facts(place)):
            return facts
    return None


def _facts(path: Path) -> dict | None:
    try:
        facts = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) and str(facts.get("format")).startswith("kmyriad-") else None


def read_checkpoint(path: Path, kind: str) -> tuple[dict, bytes]:
    """Return the facts beside the checkpoint at `path`, and its bytes, whose facts they are; `kind` as for `write_sidecar`.

    Raises:
        StageError: no such file; no sidecar, or one of another format; a file that is not the one the sidecar describes
            (truncated, changed).
    """
    if not path.exists():
        raise StageError(f"there is no checkpoint at {path}: make it with snakemake --cores all {path}")
    facts, content = read_sidecar(path), path.read_bytes()
    if facts is None or facts["format"] != kind:
        raise StageError(f"{path} is no checkpoint of this project: {sidecar_of(path)} is missing or not of the format {kind}")
    if hashlib.sha256(content).hexdigest() != facts.get("sha256"):
        raise StageError(f"{path} is truncated or was changed: it is not the file that {sidecar_of(path)} describes")
    return facts, content


def digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the files' contents, one after another."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def _code() -> dict[str, object]:
    """Return commit and dirtiness of the repository that holds this package; None and None where none does, or no git is.

    Changed results and heads of the gallery make no tree dirty: making them changes them.
    """
    # A package that is installed into somebody else's repository is not part of its commits.
    if not _git("ls-files", str(PACKAGE)):
        return {"git_commit": None, "git_dirty": None}
    changes = _git(
        "status", "--porcelain", "--untracked-files=no", "--", ":(top)", ":(top,exclude)results", ":(top,exclude)gallery"
    )
    return {"git_commit": _git("rev-parse", "HEAD"), "git_dirty": None if changes is None else changes != ""}


def _git(*arguments: str) -> str | None:
    """Return what git prints in the package's folder, or None if it fails or is not there."""
    try:
        command = ["git", "-C", str(PACKAGE.parent), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    """Return the processor's name, which platform.processor() does not know on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
