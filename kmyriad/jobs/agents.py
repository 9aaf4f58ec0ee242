"""Trained agents of Collaborative Exploration: their file, and a learner with their policies."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from kmyriad.collaborative.learners.learner import Learner
from kmyriad.jobs.files import StageError
from kmyriad.jobs.provenance import read_checkpoint, sidecar_of
from kmyriad.settings.collaborative.arm import CollaborativeTrainJob
from kmyriad.settings.errors import describe

FORMAT = "kmyriad-collaborative-1"
MOMENTS = (".adam.", ".rmsprop.")
"""In the names of what optimisers remember."""


def read_training(agents: Path) -> tuple[CollaborativeTrainJob, dict[str, Tensor]]:
    """Return the job that made the file `agents`, from its sidecar, and the file's tensors.

    Raises:
        StageError: one of `read_checkpoint`'s; settings of another version; the file is none of tensors.
    """
    sidecar, content = read_checkpoint(agents, FORMAT)
    try:
        training = CollaborativeTrainJob.model_validate(sidecar.get("settings"))
    except ValidationError as error:
        message = describe(error, CollaborativeTrainJob)
        raise StageError(f"{sidecar_of(agents)} has other settings than this version's, {message}; train again") from None
    try:
        return training, load(content)
    except SafetensorError as error:
        raise StageError(f"{agents} holds no tensors ({error}); train again") from None


def load_policies(learner: Learner, tensors: dict[str, Tensor], agents: Path) -> None:
    """Give `learner` the policies in `tensors`, of the file `agents`, and nothing else: critics and moments stay as they are.

    Raises:
        StageError: these are other policies.
    """
    state = learner.state_dict()
    needed, found = _actor(state), _actor(tensors)
    wrong = [name for name in sorted(needed | found) if needed.get(name) != found.get(name)]
    if wrong:
        shapes = " where there should be ".join(str(each.get(wrong[0], "nothing")) for each in (found, needed))
        raise StageError(f"{agents} holds other networks than {sidecar_of(agents)} says, {wrong[0]} is {shapes}; train again")
    learner.load_state_dict(state | {name: tensors[name] for name in needed})


def _actor(state: Mapping[str, Tensor]) -> dict[str, list[int]]:
    """Return names and shapes of what makes policies."""
    names = (name for name in state if name.startswith("actor.") and not any(part in name for part in MOMENTS))
    return {name: list(state[name].shape) for name in names}
