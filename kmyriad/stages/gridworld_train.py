"""Rule `gridworld_train`: train one arm of a grid world, all seeds side by side."""

import argparse
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from kmyriad.gridworld import World, world
from kmyriad.gridworld.train import Training, train
from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError, write_atomically, write_rows
from kmyriad.jobs.provenance import digest, provenance, write_sidecar
from kmyriad.jobs.records import Written
from kmyriad.jobs.runs import RunPath
from kmyriad.settings.gridworld import ARMS, GridworldTrainJob

FORMAT = "kmyriad-gridworld-1"


class GridworldRun(NamedTuple):
    """One training of all seeds; `agents` is m, in the single arm the trajectories of the one agent."""

    world: str
    variant: str
    agents: int
    arm: str


GRIDWORLDS = RunPath("{world}/{variant}/{arm}{agents}", GridworldRun, {"arm": ARMS})


def gridworld_train(job: GridworldTrainJob, theta: Path, metrics: Path) -> None:
    """Write the softmax tables [seeds, agents, 4, states] to `theta`, with a sidecar, and the curves to `metrics`."""
    started = perf_counter()
    torch.set_num_threads(1)  # the tensors are too small for several
    result = _trained(job)
    write_atomically(theta, lambda path: save_file({"theta": result.theta}, path))
    write_rows(metrics, rows(result, job))
    steps = 0 if job.variant.infinite else job.updates * job.batch * job.agents * world(job.world).horizon * len(job.seeds)
    facts = {"settings": job.model_dump(mode="json"), "seeds": list(job.seeds), "env_steps": steps, "sha256": digest([theta])}
    write_sidecar(theta, FORMAT, facts | provenance(1, "cpu", perf_counter() - started))


def _trained(job: GridworldTrainJob) -> Training:
    agents, trajectories = (job.agents, 1) if job.arm == "parallel" else (1, job.agents)
    return train(
        job.world,
        agents,
        trajectories,
        updates=job.updates,
        seeds=job.seeds,
        lr=job.variant.learning_rate,
        baseline=job.variant.baseline,
        decay=job.variant.decay,
        batch=job.batch,
        objective="infinite" if job.variant.infinite else "finite",
    )


def rows(result: Training, job: GridworldTrainJob) -> list[dict[str, float]]:
    """Return the metrics: entropy (share of log(free cells)) and support (cells) as means over blocks of updates.

    `update` is the number of updates made by the end of the block.
    """
    curves = [curve.unflatten(1, (-1, job.block)).mean(-1).tolist() for curve in (result.entropy, result.support)]
    return [
        {"update": (index + 1) * job.block, "seed": seed, "entropy": round(entropy, 6), "support": round(support, 6)}
        for seed, entropies, supports in zip(job.seeds, *curves, strict=True)
        for index, (entropy, support) in enumerate(zip(entropies, supports, strict=True))
    ]


def load_theta(file: str | Path, place: World | None = None) -> torch.Tensor:
    """Return the softmax tables [seeds, agents, 4, states] in `file`, for `place` where it is given.

    Raises:
        StageError: no such file, a damaged one, or tables of another world.
    """
    try:
        theta = load_file(file)["theta"]
    except (SafetensorError, OSError, KeyError) as error:
        raise StageError(f"{file} is missing, damaged or no file of softmax tables ({error}): make it again") from None
    if place is not None and theta.shape[-1] != place.states:
        raise StageError(f"{file} has tables of {theta.shape[-1]} states, {place.name} has {place.states}")
    return theta


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.gridworld_train", description=__doc__)
    parser.add_argument("--theta", required=True, type=Path, help="softmax tables to write, .safetensors")
    parser.add_argument("--metrics", required=True, type=Written, help="curves to write, .csv")
    run(lambda job, options: gridworld_train(job, options.theta, options.metrics), GridworldTrainJob, parser, arguments)


if __name__ == "__main__":
    main()
