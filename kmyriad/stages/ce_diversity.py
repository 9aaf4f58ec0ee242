"""Rule `ce_diversity`: how unlike the agents of one training of Collaborative Exploration are, one row a seed (Table 3)."""

import argparse
from pathlib import Path

import pandas as pd
import torch

from kmyriad.collaborative.algorithms import make_learner, make_task, space_of
from kmyriad.collaborative.diversity import diversity, visited
from kmyriad.collaborative.learners.learner import Learner
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Pool
from kmyriad.jobs.agents import load_policies, read_training
from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.records import Written
from kmyriad.settings.collaborative.arm import CollaborativeTrainJob
from kmyriad.settings.collaborative.baselines import CollaborativeDiversitySettings


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
    if training.settings.agents < 2:
        raise StageError(f"{agents} holds one agent a seed, diversity is that of at least two: give a set's, e.g. of the arm ce")
    streams = Streams(training.seeds)
    pool = make_task(training.task, len(training.seeds) * training.settings.agents, training.settings)
    learner = make_learner(space_of(pool), training.settings, streams)
    load_policies(learner, tensors, agents)
    return training, learner, pool, streams


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.ce_diversity", description=__doc__)
    parser.add_argument("--agents", required=True, type=Path, help="networks that collaborative_train wrote, .safetensors")
    parser.add_argument("--table", required=True, type=Written, help="CSV to write, one row a seed")
    run(lambda job, to: ce_diversity(job, to.agents, to.table), CollaborativeDiversitySettings, parser, arguments)


if __name__ == "__main__":
    main()
