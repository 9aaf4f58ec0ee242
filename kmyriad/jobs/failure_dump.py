"""The states that stopped a job, in a file beside its state."""

import json

from safetensors.torch import save_file

from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.state import JobState
from kmyriad.rollout import TrainingFailure


def stopped_by(failure: TrainingFailure, state: JobState) -> StageError:
    """Write what `failure` holds to `state.failure` and return the error that names this file and the way on."""
    facts = json.dumps({"failure": str(failure), **failure.facts, "job": json.loads(state.job)})
    tensors = {name: tensor.contiguous() for name, tensor in failure.tensors.items()}
    try:
        write_atomically(state.failure, lambda path: save_file(tensors, path, {"failure": facts}))
    except StageError as error:
        return StageError(f"{failure}; its states could not be kept ({error})")
    return StageError(f"{failure}; the offending states are in {state.failure} (kmyriad info shows more)")
