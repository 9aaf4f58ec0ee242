"""Rule `pgpse_bridge`: K-Myriad and PGPSE on the same map."""

import argparse
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from kmyriad.envs.gridworld import states_of
from kmyriad.figures import pgpse_bridge as panels
from kmyriad.figures.draw import use_style
from kmyriad.gridworld import World, coverage, occupancy, probabilities, sample, visited, world
from kmyriad.settings import BridgeJob
from kmyriad.stages.command import run
from kmyriad.stages.gridworld_runs import gridworld_run_of
from kmyriad.stages.gridworld_train import load_theta
from kmyriad.stages.pictures import write_figure
from kmyriad.stages.runs import run_of
from kmyriad.stages.visit import load_particles

Row = dict[str, object]


def pgpse_bridge(job: BridgeJob, visits: list[str], policies: list[str]) -> tuple[Figure, pd.DataFrame]:
    """Compare the visits of K-Myriad's heads in the files `visits` with PGPSE's tables in the files `policies`."""
    place = world(job.world)
    rows = [row for file in visits for row in _of_heads(place, Path(file), job.agents)]
    rows += [row for file in policies for row in _of_tables(place, Path(file), job)]
    summary = panels.summarise(pd.DataFrame(rows))
    walls = np.array([[letter == "-" for letter in line] for line in place.rows])
    return panels.draw(summary, _maps(place, job, visits, policies), walls, job.note), summary


def _of_heads(place: World, file: Path, agents: tuple[int, ...]) -> list[Row]:
    """Return the rows of one policy: as many agents as it has heads, or, of one head, as many trajectories."""
    states = _head_states(place, file)
    key = {"method": "K-Myriad", "seed": run_of(file).seed}
    if len(states) > 1:
        return [_row(place, states, visited(place, states), key | {"arm": "parallel", "agents": len(states)})]
    pools = [(m, key | {"arm": "single", "agents": m}) for m in agents]
    return [_row(place, states, visited(place, states), to, m) for m, to in pools]


def _of_tables(place: World, file: Path, job: BridgeJob) -> list[Row]:
    """Return the rows of PGPSE's policies of all seeds in `file`."""
    trained = gridworld_run_of(file)
    method = "PGPSE, infinite trials" if trained.variant == "infinite" else "PGPSE"
    rows = []
    for seed, policy in zip(job.seeds, probabilities(load_theta(file, place)), strict=True):
        generator = torch.Generator().manual_seed(seed)
        states = sample(place, policy, generator, job.visits // len(policy)).states
        key = {"method": method, "arm": trained.arm, "agents": trained.agents, "seed": seed}
        rows.append(_row(place, states, occupancy(place, policy), key, trained.agents // len(policy)))
    return rows


def _row(place: World, states: torch.Tensor, distributions: torch.Tensor, key: Row, trajectories: int = 1) -> Row:
    return key | coverage(place, states, distributions, trajectories)._asdict()


def _head_states(place: World, file: Path) -> torch.Tensor:
    """Return the cells [heads, n, horizon + 1] that each head's points visit, the start included."""
    particles, heads = load_particles(file)
    reached = states_of(place, particles[..., :2])
    states = torch.cat([torch.full_like(reached[:1], place.start), reached])
    return states.T.reshape(heads, -1, len(states))


def _maps(place: World, job: BridgeJob, visits: list[str], policies: list[str]) -> dict[str, np.ndarray]:
    """Return the shares [m, rows, columns] of the visits of `job.shown` agents, first seed, for each method."""
    shape = (job.shown, len(place.rows), place.columns)
    found = {}
    for file in policies:
        if gridworld_run_of(file)[1:] == ("plain", job.shown, "parallel"):
            found["PGPSE"] = occupancy(place, probabilities(load_theta(file, place)[0])).reshape(shape).numpy()
    for file in visits:
        if run_of(file)[1:] == (job.shown, job.seeds[0]):
            found["K-Myriad"] = visited(place, _head_states(place, Path(file))).reshape(shape).numpy()
    return found


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    use_style()
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.pgpse_bridge", description=__doc__)
    parser.add_argument("--visits", nargs="+", required=True, help="what the stage visit wrote, all heads and seeds")
    parser.add_argument("--policies", nargs="+", required=True, help="theta.safetensors of PGPSE, both arms")
    parser.add_argument("--pdf", type=Path, required=True, help="figure to write; PNG, CSV and JSON go beside it")

    def stage(job: BridgeJob, options: argparse.Namespace) -> None:
        started = perf_counter()
        figure, numbers = pgpse_bridge(job, options.visits, options.policies)
        write_figure(figure, numbers, options.pdf, job, [*options.visits, *options.policies], perf_counter() - started)

    run(stage, BridgeJob, parser, arguments)


if __name__ == "__main__":
    main()
