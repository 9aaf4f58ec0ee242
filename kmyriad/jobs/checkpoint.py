"""Checkpoints of policies: safetensors, and beside them a JSON sidecar that says where they come from."""

from pathlib import Path

from pydantic import BaseModel
from safetensors.torch import load, save_file

from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.provenance import digest, provenance, read_checkpoint, read_sidecar, sidecar_of, write_sidecar
from kmyriad.policies import MultiHeadPolicy

FORMAT = "kmyriad-policy-1"
INHERITED = ("settings", "seed", "env_steps")
"""What a head has in common with the policy that it is taken from."""


def save_policy(path: Path, policy: MultiHeadPolicy, facts: dict[str, object]) -> None:
    """Write `policy` to `path` and `facts` with the architecture and the file's SHA-256 to the sidecar."""
    tensors = {name: value.contiguous() for name, value in policy.state_dict().items()}
    write_atomically(path, lambda temporary: save_file(tensors, temporary))
    write_sidecar(path, FORMAT, {"architecture": policy.architecture(), "sha256": digest([path]), **facts})


def save_trained(path: Path, policy: MultiHeadPolicy, job: BaseModel, rows: list[dict[str, float]], threads: int) -> None:
    """Save the `policy` that `job` has trained; `rows` are the metrics of all its epochs, one of which is `env_steps`."""
    seconds = sum(value for row in rows for name, value in row.items() if name.startswith("seconds"))
    settings = job.model_dump(mode="json")
    facts = {"settings": settings, "seed": settings["seed"], "env_steps": rows[-1]["env_steps"]}
    device = str(next(policy.parameters()).device)
    save_policy(path, policy, facts | provenance(threads, device, seconds))


def save_head(path: Path, policy: MultiHeadPolicy, head: int, of: Path, seconds: float) -> None:
    """Save head number `head` of `policy`, which was loaded from `of`; choosing it took `seconds`.

    Raises:
        IndexError: the policy has no such head.
    """
    source = read_sidecar(of) or {}
    facts = {"head": head, "of": str(of), "of_sha256": source.get("sha256")}
    facts |= {name: source[name] for name in INHERITED if name in source}
    save_policy(path, policy.select_head(head), facts | provenance(1, "cpu", seconds))


def load_policy(path: str | Path, obs_dim: int | None = None, action_dim: int | None = None) -> MultiHeadPolicy:
    """Return the policy at `path`; `obs_dim` and `action_dim`, where given, are what the environment needs.

    Raises:
        StageError: one of `read_checkpoint`'s; another number of features or action components; a tensor is missing, such as
            the statistics of a policy that standardises its observations.
    """
    sidecar, content = read_checkpoint(Path(path), FORMAT)
    architecture = sidecar["architecture"]
    check_fits(path, architecture, obs_dim, action_dim)
    policy = MultiHeadPolicy(**architecture)
    tensors = load(content)
    if missing := sorted(policy.state_dict().keys() - tensors.keys()):
        raise StageError(f"{path} has no {missing[0]}, which the architecture in {sidecar_of(Path(path))} needs: make it again")
    policy.load_state_dict(tensors)
    return policy


def check_fits(path: str | Path, architecture: dict[str, int], obs_dim: int | None, action_dim: int | None) -> None:
    """Raise StageError unless the policy at `path` takes `obs_dim` features and has `action_dim` components, where given."""
    for key, needed in (("obs_dim", obs_dim), ("action_dim", action_dim)):
        if needed not in (None, architecture[key]):
            raise StageError(f"{path} holds a policy with {key} {architecture[key]}, the environment needs {needed}")
