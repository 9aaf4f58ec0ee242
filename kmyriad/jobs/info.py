"""What a file of ours is and where it comes from, one fact a line: `kmyriad info`."""

import json
import subprocess
from pathlib import Path

from safetensors import SafetensorError, safe_open

from kmyriad.jobs.files import StageError
from kmyriad.jobs.provenance import digest, read_sidecar, sidecar_of

KINDS = {
    "kmyriad-policy-1": "policy",
    "kmyriad-figure-1": "figure",
    "kmyriad-visits-1": "visits of a policy's heads",
    "kmyriad-result-1": "result",
    "kmyriad-gridworld-1": "softmax tables of PGPSE",
    "kmyriad-collaborative-1": "agents of Collaborative Exploration",
    "kmyriad-team-1": "team of agents",
}
LONGEST = 8
"""Entries of a list that are shown whole; of a longer one, its ends."""


def info(path: Path) -> str:
    """Return what is known of the file at `path`, one "key: value" a line.

    Raises:
        StageError: no such file, none of ours, or one that is not what its record describes.
    """
    if not path.is_file():
        raise StageError(f"there is no file {path}")
    facts = _of_safetensors(path) if path.suffix == ".safetensors" else _of_sidecar(path)
    return "\n".join(f"{key}: {_shown(value)}" for key, value in _flat(facts))


def _of_safetensors(path: Path) -> dict[str, object]:
    """Return the facts inside a safetensors file, of an unfinished job or of a failure, or those of its sidecar."""
    try:
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118, it is no dict
        if "failure" in metadata:
            facts = json.loads(metadata["failure"])
            return {"kind": "states that stopped a job", **facts, "tensors": tensors}
        if "rows" in metadata:
            return _of_state(json.loads(metadata["rows"]), json.loads(metadata["job"]))
    except (SafetensorError, KeyError, ValueError) as error:
        raise StageError(f"{path} is damaged or no safetensors file of this project: {error}") from None
    if "particles" in tensors and read_sidecar(path) is None:  # from before visits had a sidecar
        return {"kind": KINDS["kmyriad-visits-1"], "heads": metadata.get("heads"), "particles": tensors["particles"]}
    return _of_sidecar(path) | {"tensors": tensors if len(tensors) < LONGEST else len(tensors)}


def _of_state(rows: list[dict[str, float]], job: dict[str, object]) -> dict[str, object]:
    last = rows[-1] if rows else {}
    return {"kind": "state of an unfinished job", "epochs done": len(rows), "last epoch": last, "settings": job}


def _of_sidecar(path: Path) -> dict[str, object]:
    """Return the facts beside `path`, or beside the checkpoint of the run whose metrics it has; StageError if there are none."""
    facts, owner = read_sidecar(path), None
    if facts is None and path.name == "metrics.csv" and (owner := _checkpoint_of(path)):
        facts = read_sidecar(owner)
    if facts is None:
        return _of_commit(path)
    _check_digest(path, facts)
    about: dict[str, object] = {"kind": KINDS.get(facts.pop("format"), "unknown")}
    if owner:
        about = {"kind": "metrics of a run", "checkpoint": str(owner)}
    if isinstance(architecture := facts.get("architecture"), dict):
        about["heads"] = architecture.get("num_heads")
    return about | facts


def _check_digest(path: Path, facts: dict[str, object]) -> None:
    """Raise StageError if the record has the SHA-256 of `path`, and it is another."""
    recorded = facts.get("sha256")
    if isinstance(recorded, dict):
        recorded = recorded.get(path.name)
    elif path.suffix != ".safetensors":
        return  # the record's one checksum is not that of metrics, nor of the record itself
    if recorded not in (None, digest([path])):
        raise StageError(f"{path} is truncated or was changed: it is not the file that {sidecar_of(path)} describes")


def _checkpoint_of(metrics: Path) -> Path | None:
    """Return the checkpoint of the run with `metrics`; None if it is not there.

    The metrics are in <results>/<rule>/<run>, the checkpoint is in <results>/checkpoints/<rule>/<run>.
    """
    folder = metrics.absolute().parent
    for root in folder.parents:
        checkpoint = root / "checkpoints" / folder.relative_to(root) / "policy.safetensors"
        if sidecar_of(checkpoint).exists():
            return checkpoint
    return None


def _of_commit(path: Path) -> dict[str, object]:
    """Return which commit holds a file without a record; StageError if none does."""
    command = ["git", "log", "-1", "--format=%H %cs", "--", path.name]
    found = subprocess.run(command, cwd=path.absolute().parent, capture_output=True, text=True, check=False).stdout.split()
    if not found:
        raise StageError(
            f"nothing says where {path} comes from: {sidecar_of(path)} is missing or not this project's, and no commit has it "
            "(kmyriad info reads checkpoints, figures, tables, metrics, and the states and failures of jobs)"
        )
    return {"kind": "file without a record of what made it", "git_commit_of_the_file": found[0], "committed": found[1]}


def _flat(facts: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    """Return nested facts as pairs of dotted key and value."""
    pairs: list[tuple[str, object]] = []
    for key, value in facts.items():
        pairs += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return pairs


def _shown(value: object) -> str:
    if isinstance(value, list) and len(value) > LONGEST:
        return f"{len(value)}, from {value[0]} to {value[-1]}"
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value)
