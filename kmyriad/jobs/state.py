"""The state of an unfinished job, kept beside its outputs under a key of its settings.

Snakemake deletes the declared outputs of an unfinished job before it runs it again; this state is not one of them.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from kmyriad.jobs.files import StageError, leftovers, write_atomically


@dataclass(frozen=True)
class JobState:
    """One file: tensors, and as its metadata rows of metrics, the settings `job`, the number of epochs and a checksum."""

    path: Path
    job: str

    @classmethod
    def of(cls, job: BaseModel, folder: Path, *inputs: Path) -> "JobState":
        """Return the state of `job` in `folder`; other settings or `inputs` have another file, so they never mix."""
        settings = job.model_dump_json()
        key = hashlib.sha256(settings.encode())
        for file in inputs:
            key.update(file.read_bytes())
        return cls(folder / f".state-{key.hexdigest()[:16]}.safetensors", settings)

    @property
    def lock(self) -> Path:
        """The file whose lock the job's process holds."""
        return self.path.with_suffix(".lock")

    @property
    def failure(self) -> Path:
        """Where the states go that stopped the job."""
        return self.path.with_name(self.path.name.replace(".state-", "failure-"))

    def save(self, tensors: dict[str, torch.Tensor], rows: list[dict[str, float]], epochs: int) -> None:
        """Replace the state of a job that will have made `epochs` rows at its end, atomically."""
        text = json.dumps(rows)
        metadata = {"rows": text, "job": self.job, "epochs": str(epochs), "sha256": _checksum(tensors, text)}
        write_atomically(self.path, lambda path: save_file(tensors, path, metadata))

    def load(self) -> tuple[dict[str, torch.Tensor], list[dict[str, float]]] | None:
        """Return tensors and rows, or None where no state is.

        Raises:
            StageError: the file is damaged.
        """
        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, "pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, a safe_open is no dict
                text, checksum = file.metadata()["rows"], file.metadata()["sha256"]
            if _checksum(tensors, text) != checksum:
                raise ValueError("its checksum is another")
            return tensors, json.loads(text)
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise StageError(f"{self.path} is damaged ({error}): delete it to start this job again") from None

    def discard(self) -> None:
        """Delete the state of a finished job, and what processes left of it that were killed while they wrote."""
        for file in (self.path, *leftovers(self.path)):
            file.unlink(missing_ok=True)


def _checksum(tensors: dict[str, torch.Tensor], text: str) -> str:
    """Return the SHA-256 of `text` and of the tensors with their names: safetensors itself does not see a flipped bit."""
    total = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        total.update(name.encode())
        total.update(tensors[name].contiguous().numpy(force=True).data)
    return total.hexdigest()
