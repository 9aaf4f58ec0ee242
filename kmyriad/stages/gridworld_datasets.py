"""Rule `gridworld_datasets`: what the trained agents of one world bring home, and what offline Q-learning makes of it."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from kmyriad.gridworld import World, occupancy, probabilities, specialisation
from kmyriad.gridworld import world as build
from kmyriad.gridworld.datasets import dataset, normalised_entropy, transitions, uniform
from kmyriad.gridworld.determinism import mean_action_entropy
from kmyriad.gridworld.offline_q import goals, learn, steps_to_goal, untrained
from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError, write_rows
from kmyriad.jobs.records import Written
from kmyriad.jobs.runs import GRIDWORLDS
from kmyriad.settings.gridworld import GridworldDatasetsJob, label_of
from kmyriad.stages.gridworld_train import load_theta

SOURCES = ("parallel", "single", "random", "untrained")
"""Who collected a data set; untrained is no data at all, the floor of offline Q-learning, and stands with agents = 0."""
Row = dict[str, Any]


class Source(NamedTuple):
    """One seed's policy [m, 4, states] that collects `agents` trajectories in all."""

    agents: int
    name: str
    seed: int
    policy: torch.Tensor

    def columns(self, world: str) -> Row:
        """Return what each row of the tables begins with."""
        return {"world": world, "agents": self.agents, "source": self.name, "seed": self.seed}

    def generator(self) -> torch.Generator:
        """Return random numbers that depend on this seed, number of agents and source alone."""
        sequence = np.random.SeedSequence([self.seed, self.agents, SOURCES.index(self.name)])
        return torch.Generator().manual_seed(int(sequence.generate_state(1)[0]))


def gridworld_datasets(job: GridworldDatasetsJob, thetas: list[str], datasets: Path, success: Path) -> None:
    """Write a row for each source and seed to `datasets`, and one for each goal as well to `success`.

    datasets.csv: `entropy`, the mean of the data sets' normalised entropy; of the exact expected visits the entropy of the
    `mixture`, which is `individual` + `divergence` (nats); and `action_entropy` (share of log 4). success.csv: the share of test
    episodes that reach `goal` (a state) within horizon + 1 steps and within the long limit.
    """
    torch.set_num_threads(1)  # the tensors are too small for several
    world, label = build(job.world), label_of(job.world)
    measured: list[Row] = []
    floor = Source(0, "untrained", job.seeds[0], uniform(world))
    reached = _success_rows(label, floor, world, _floor(job, world, floor))
    for source in _sources(job, world, thetas):
        row, shares = _measure(job, world, source)
        measured.append(source.columns(label) | row)
        reached += _success_rows(label, source, world, shares)
    write_rows(datasets, measured)
    write_rows(success, reached)


def _sources(job: GridworldDatasetsJob, world: World, thetas: list[str]) -> Iterator[Source]:
    """Yield every source and seed: the trained ones, and the random policy for each number of agents."""
    runs = {file: GRIDWORLDS.of(file) for file in thetas}
    for file, trained in runs.items():
        theta = load_theta(file, world)
        if len(theta) != len(job.seeds):
            raise StageError(f"{file} has tables of {len(theta)} seeds, not of {list(job.seeds)}")
        for seed, tables in zip(job.seeds, theta, strict=True):
            yield Source(trained.agents, trained.arm, seed, probabilities(tables))
    for agents in sorted({trained.agents for trained in runs.values()}):
        for seed in job.seeds:
            yield Source(agents, "random", seed, uniform(world))


def _measure(job: GridworldDatasetsJob, world: World, source: Source) -> tuple[Row, torch.Tensor]:
    """Return the row of datasets.csv, and the success of success.csv, [2, G]."""
    generator, policy = source.generator(), source.policy
    data = dataset(world, policy.expand(job.datasets, *policy.shape), source.agents // len(policy), generator)
    tables = learn(world, transitions(data), job.offline_q, generator)
    steps = steps_to_goal(world, tables, job.offline_q.episodes, _longest(job, world), generator)
    parts = specialisation(occupancy(world, policy))
    row = {
        "entropy": normalised_entropy(world, data.states).mean(),
        **parts._asdict(),
        "action_entropy": mean_action_entropy(world, policy),
    }
    return {name: round(float(value), 6) for name, value in row.items()}, _within(job, world, steps)


def _floor(job: GridworldDatasetsJob, world: World, floor: Source) -> torch.Tensor:
    """Return the shares of tables that learnt nothing, [2, G], from as many episodes as a source of all seeds has."""
    episodes = job.offline_q.episodes * job.datasets * len(job.seeds)
    steps = steps_to_goal(world, untrained(world)[None], episodes, _longest(job, world), floor.generator())
    return _within(job, world, steps)


def _longest(job: GridworldDatasetsJob, world: World) -> int:
    return max(job.offline_q.long_limit, world.horizon + 1)


def _within(job: GridworldDatasetsJob, world: World, steps: torch.Tensor) -> torch.Tensor:
    """Return the share of the episodes, `steps` [data sets, G, episodes], within each of the two limits, [2, G]."""
    return torch.stack([(steps <= limit).double().mean((0, 2)) for limit in (world.horizon + 1, job.offline_q.long_limit)])


def _success_rows(label: str, source: Source, world: World, shares: torch.Tensor) -> list[Row]:
    names = "goal", "success_horizon", "success_long"
    columns = goals(world).tolist(), *shares.tolist()
    return [source.columns(label) | dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and write both tables."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.gridworld_datasets", description=__doc__)
    parser.add_argument("--thetas", required=True, nargs="+", help="softmax tables of both arms and all numbers of agents")
    parser.add_argument("--datasets", required=True, type=Written, help="entropies to write, .csv")
    parser.add_argument("--success", required=True, type=Written, help="success of offline Q-learning to write, .csv")
    run(
        lambda job, options: gridworld_datasets(job, options.thetas, options.datasets, options.success),
        GridworldDatasetsJob,
        parser,
        arguments,
    )


if __name__ == "__main__":
    main()
