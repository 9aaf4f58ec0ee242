"""Rule `ce_diversity`: how unlike the agents of one training of Collaborative Exploration are, one row a seed (Table 3)."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from kmyriad.collaborative.algorithms import make_learner, make_task, space_of
from kmyriad.collaborative.diversity import diversity, visited
from kmyriad.collaborative.learners.learner import Learner
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Pool
from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.provenance import read_checkpoint, sidecar_of
from kmyriad.jobs.records import Written
from kmyriad.settings.collaborative.arm import CollaborativeTrainJob
from kmyriad.settings.collaborative.baselines import CollaborativeDiversitySettings
from kmyriad.settings.errors import describe
from kmyriad.stages.collaborative_train import FORMAT


def ce_diversity(job: CollaborativeDiversitySettings, agents: Path, table: Path) -> None:
    """Write the diversity of the `agents` that `collaborative_train` wrote, at states that they visit with noise.

    The columns are seed, task_return (mean of the agents), divergence, information (mean of the agents) and mixture, in nats,
    see `kmyriad.collaborative.diversity.Diversity`, and states, how many counted.

    Raises:
        StageError: one of `trained_agents`'s.
    """
    torch.set_num_threads(1)  # the bytes depend on it
    training, learner, pool, streams = trained_agents(agents)
    states, returns = visited(learner, pool, training.seeds, job.episodes, streams)
    states = states[:, : job.states]  # they are mixed
    found = diversity(learner, states, job.mine, streams)
    columns = {
        "task_return": returns.mean(1),
        "divergence": found.divergence,
        "information": found.information.mean(1),
        "mixture": found.mixture,
    }
    values = {name: each.tolist() for name, each in columns.items()}
    rows = pd.DataFrame({"seed": training.seeds, **values, "states": states.shape[1]})
    write_atomically(table, lambda path: rows.to_csv(path, index=False, float_format="%.6g"))


def trained_agents(agents: Path) -> tuple[CollaborativeTrainJob, Learner, Pool, Streams]:
    """Return the job that made the file `agents`, a learner with its policies, a copy of the task an agent, and fresh streams.

    Raises:
        StageError: the agents are missing, damaged, other ones than the sidecar's, or one a seed.
    """
    training, tensors = read_training(agents)
    streams = Streams(training.seeds)
    pool = make_task(training.task, len(training.seeds) * training.settings.agents, training.settings)
    learner = make_learner(space_of(pool), training.settings, streams)
    load_policies(learner, tensors, agents)
    return training, learner, pool, streams


def read_training(agents: Path) -> tuple[CollaborativeTrainJob, dict[str, Tensor]]:
    """Return the job that made the file `agents`, from its sidecar, and the file's tensors.

    Raises:
        StageError: one of `read_checkpoint`'s; settings of another version; one agent a seed; the file is none of tensors.
    """
    sidecar, content = read_checkpoint(agents, FORMAT)
    try:
        training = CollaborativeTrainJob.model_validate(sidecar.get("settings"))
    except ValidationError as error:
        message = describe(error, CollaborativeTrainJob)
        raise StageError(f"{sidecar_of(agents)} has other settings than this version's, {message}; train again") from None
    if training.settings.agents < 2:
        raise StageError(f"{agents} holds one agent a seed, diversity is that of at least two: give a set's, e.g. of the arm ce")
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
    names = (name for name in state if name.startswith("actor.") and not name.startswith("actor.adam."))
    return {name: list(state[name].shape) for name in names}


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.ce_diversity", description=__doc__)
    parser.add_argument("--agents", required=True, type=Path, help="networks that collaborative_train wrote, .safetensors")
    parser.add_argument("--table", required=True, type=Written, help="CSV to write, one row a seed")
    run(lambda job, to: ce_diversity(job, to.agents, to.table), CollaborativeDiversitySettings, parser, arguments)


if __name__ == "__main__":
    main()
