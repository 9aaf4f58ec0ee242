"""Rule `side_measure`: what a team of agents does, with sampled and with mean actions, and where each of them goes."""

import argparse
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import torch

from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import write_atomically
from kmyriad.jobs.records import Written
from kmyriad.jobs.teams import load_team
from kmyriad.settings.side_by_side import SideMeasureJob
from kmyriad.side_by_side import measure
from kmyriad.side_by_side.measures import seen_by, visit_counts


def side_measure(job: SideMeasureJob, team: Path, measures: Path, visits: Path) -> None:
    """Write the measures of the agents of `team`, one row for sampled and one for mean actions, and the cells that they visit.

    Raises:
        StageError: as `load_team`.
    """
    torch.set_num_threads(1)
    agents, task = load_team(team), job.task
    number = agents.num_heads
    with opened(task.environment, number * job.trajectories, job.seed) as env:
        xy = [env.feature_names.index(name) for name in task.environment.features]
        found = {mean: seen_by(env, agents, task.horizon, job.seed, 0, mean) for mean in (False, True)}
    rows = [asdict(measure(seen, number, xy, job.k, job.trajectories, task.cell, mean)) for mean, seen in found.items()]
    _write(pd.DataFrame(rows), measures)
    _write(visit_counts(found[False], number, xy, task.cell), visits)


def _write(table: pd.DataFrame, path: Path) -> None:
    write_atomically(path, lambda temporary: table.to_csv(temporary, index=False, float_format="%.6g"))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.side_measure", description=__doc__)
    parser.add_argument("--team", required=True, type=Path, help="what side_train wrote")
    parser.add_argument("--measures", required=True, type=Written, help="CSV to write, of sampled and of mean actions")
    parser.add_argument("--visits", required=True, type=Written, help="CSV to write, the cells that each agent visits")
    run(lambda job, to: side_measure(job, to.team, to.measures, to.visits), SideMeasureJob, parser, arguments)


if __name__ == "__main__":
    main()
