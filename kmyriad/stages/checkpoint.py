"""Checkpoints of policies: safetensors, and beside them a JSON sidecar that says where they come from."""

import hashlib
import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import torch
from pydantic import BaseModel
from safetensors.torch import load, save_file

from kmyriad.policies import MultiHeadPolicy
from kmyriad.stages.files import StageError, write_atomically

FORMAT = "kmyriad-policy-1"


def save_policy(path: Path, policy: MultiHeadPolicy, provenance: dict[str, object]) -> None:
    """Write `policy` to `path` and `provenance` with the architecture and the file's SHA-256 to the sidecar."""
    tensors = {name: value.contiguous() for name, value in policy.state_dict().items()}
    write_atomically(path, lambda temporary: save_file(tensors, temporary))
    sidecar = {
        "format": FORMAT,
        "architecture": policy.architecture(),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        **provenance,
    }
    write_atomically(sidecar_of(path), lambda temporary: temporary.write_text(json.dumps(sidecar, indent=2) + "\n"))


def save_trained(path: Path, policy: MultiHeadPolicy, job: BaseModel, rows: list[dict[str, float]], threads: int) -> None:
    """Save the `policy` that `job` has trained; `rows` are the metrics of all its epochs, one of which is `env_steps`."""
    seconds = sum(value for row in rows for name, value in row.items() if name.startswith("seconds"))
    settings = job.model_dump(mode="json")
    facts = {"settings": settings, "seed": settings["seed"], "env_steps": rows[-1]["env_steps"], "seconds": seconds}
    save_policy(path, policy, facts | provenance(threads, "cpu"))


def load_policy(path: str | Path, obs_dim: int | None = None, action_dim: int | None = None) -> MultiHeadPolicy:
    """Return the policy at `path`; `obs_dim` and `action_dim`, where given, are what the environment needs.

    Raises:
        StageError: no such file; no sidecar, or one of another format; a file that is not the one the sidecar describes
            (truncated, changed); another number of features or action components.
    """
    path = Path(path)
    if not path.exists():
        raise StageError(f"there is no checkpoint at {path}: make it with snakemake --cores all {path}")
    sidecar = _read_sidecar(path)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sidecar["sha256"]:
        raise StageError(f"{path} is truncated or was changed: it is not the file that {sidecar_of(path)} describes")
    architecture = sidecar["architecture"]
    for key, needed in (("obs_dim", obs_dim), ("action_dim", action_dim)):
        if needed not in (None, architecture[key]):
            raise StageError(f"{path} holds a policy with {key} {architecture[key]}, the environment needs {needed}")
    policy = MultiHeadPolicy(**architecture)
    policy.load_state_dict(load(content))
    return policy


def sidecar_of(path: Path) -> Path:
    """Return the path of the sidecar of the checkpoint at `path`."""
    return path.with_suffix(".json")


def provenance(threads: int, device: str) -> dict[str, object]:
    """Return what produced a result: git commit, whether the tree was dirty, versions, device and threads."""
    packages = ("kmyriad", "torch", "numpy", "scipy", "mujoco", "gymnasium")
    return {
        "git_commit": _git("rev-parse", "HEAD"),
        "git_dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in packages}},
        "device": device if device != "cpu" else f"cpu ({platform.processor() or platform.machine()})",
        "threads": threads,
        "torch_matmul_precision": torch.get_float32_matmul_precision(),
    }


def _read_sidecar(path: Path) -> dict:
    try:
        sidecar = json.loads(sidecar_of(path).read_text())
    except (OSError, ValueError):
        sidecar = None
    if not isinstance(sidecar, dict) or sidecar.get("format") != FORMAT:
        raise StageError(f"{path} is no checkpoint of this project: {sidecar_of(path)} is missing or of another format")
    return sidecar


def _version(package: str) -> str | None:
    try:
        return version(package)
    except ModuleNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else None
