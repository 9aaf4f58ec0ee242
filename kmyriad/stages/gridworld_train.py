"""Rule `gridworld_train`: one arm of a grid world, all seeds side by side. Kill it at any time; run it again to go on."""

import argparse
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from kmyriad.gridworld import World, world
from kmyriad.gridworld.train import GridworldTraining
from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError, exclusive, write_atomically, write_rows
from kmyriad.jobs.progress import SHOWN
from kmyriad.jobs.provenance import digest, provenance, write_sidecar
from kmyriad.jobs.records import Written
from kmyriad.jobs.resumable import run_to_end
from kmyriad.jobs.state import JobState
from kmyriad.settings.gridworld import GridworldTrainJob, label_of, map_files

FORMAT = "kmyriad-gridworld-1"
CHECKPOINT_SECONDS = 30.0
"""Between two saves of the state; no setting, since results do not depend on it."""


def gridworld_train(job: GridworldTrainJob, theta: Path, metrics: Path) -> None:
    """Train `job` from its last saved state, if there is one; write tables [seeds, agents, 4, states], their sidecar and metrics.

    Raises:
        StageError: the same job is running elsewhere, its state is damaged, a file can't be written, or a signal asked
            to stop (the state is saved then).
        ValueError: unknown world.
    """
    torch.set_num_threads(1)  # the tensors are too small for several
    place = world(job.world)
    state = JobState.of(job, metrics.parent, *map_files(job.world))
    title = f"{label_of(job.world)}, {job.agents} {job.arm} trajectories, {len(job.seeds)} seeds"
    with exclusive(state.lock, f"training in {title}"):
        training = _training(job, place)
        blocks = run_to_end(training, job.updates // job.block, state, CHECKPOINT_SECONDS, title, SHOWN["gridworld_train"])
        write_atomically(theta, lambda path: save_file({"theta": training.tables()}, path))
        write_rows(metrics, rows(blocks))
        steps = 0 if job.variant.infinite else job.updates * job.batch * job.agents * place.horizon * len(job.seeds)
        facts = {
            "settings": job.model_dump(mode="json"),
            "seeds": list(job.seeds),
            "env_steps": steps,
            "sha256": digest([theta]),
        }
        write_sidecar(theta, FORMAT, facts | provenance(1, "cpu", sum(block["seconds_training"] for block in blocks)))
        state.discard()


def _training(job: GridworldTrainJob, place: World) -> GridworldTraining:
    agents, trajectories = (job.agents, 1) if job.arm == "parallel" else (1, job.agents)
    return GridworldTraining(
        place,
        agents,
        trajectories,
        updates=job.block,
        seeds=job.seeds,
        lr=job.variant.learning_rate,
        baseline=job.variant.baseline,
        decay=job.variant.decay,
        batch=job.batch,
        objective="infinite" if job.variant.infinite else "finite",
    )


def rows(blocks: list[dict]) -> list[dict[str, float]]:
    """Return a row a seed and block of the blocks' nested metrics: entropy (share of log(free cells)) and support (cells).

    Both are means over the updates of a block; `update` is the number of updates made by its end.
    """
    return [
        {"update": block["update"], "seed": own["seed"], "entropy": round(own["entropy"], 6), "support": round(own["support"], 6)}
        for seeds in zip(*([(block, own) for own in block["seeds"]] for block in blocks), strict=True)
        for block, own in seeds
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
