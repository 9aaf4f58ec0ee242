"""Rule `collaborative_train`: one arm of Collaborative Exploration on one task, all seeds. Kill it at any time, run it again."""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from kmyriad.collaborative import CollaborativeTraining, score
from kmyriad.collaborative.visits import visits
from kmyriad.jobs.agents import FORMAT, MOMENTS
from kmyriad.jobs.command import run
from kmyriad.jobs.files import exclusive, write_atomically, write_rows
from kmyriad.jobs.memory import keep_freed_memory
from kmyriad.jobs.progress import SHOWN
from kmyriad.jobs.provenance import digest, provenance, write_sidecar
from kmyriad.jobs.records import Written
from kmyriad.jobs.resumable import run_to_end
from kmyriad.jobs.state import JobState
from kmyriad.settings.collaborative.arm import CollaborativeTrainJob


def collaborative_train(job: CollaborativeTrainJob, agents: Path, metrics: Path, visited: Path | None = None) -> None:
    """Train `job` from its last saved state, if there is one; write the networks, their sidecar and the metrics.

    In the maze, where `visited` is given, also who went where.

    Raises:
        StageError: the same job is running elsewhere, its state is damaged, a file can't be written, or a signal asked
            to stop (the state is saved then).
        RuntimeError: actions or losses are no longer finite.
    """
    torch.set_num_threads(1)  # the bytes depend on it
    keep_freed_memory()
    state = JobState.of(job, metrics.parent)
    title = f"{job.task}, {len(job.seeds)} seeds"
    with exclusive(state.lock, f"training of {title}"):
        training = CollaborativeTraining(job.task, job.settings, job.seeds, device=job.device)
        blocks = run_to_end(training, job.settings.blocks, state, job.checkpoint_seconds, title, SHOWN["collaborative_train"])
        _save(agents, training, job, blocks)
        write_rows(metrics, rows(blocks, job.settings.evaluation.last))
        if visited is not None:
            write_rows(visited, visits(training.replay, job.seeds))
        state.discard()


def rows(blocks: list[dict], last: int) -> list[dict[str, float]]:
    """Return a row a block and seed of the blocks' nested metrics, with six digits; further evaluations are its last columns.

    `score` is the mean of a seed's last `last` evaluations, of all there are before so many (Appendix D.1): a curve smoothed
    as the paper's, and in the last row the seed's score. `env_steps` are those of one seed.
    """
    evaluations: dict[int, list[float]] = {}
    found = []
    for block in blocks:
        shared = {name: value for name, value in block.items() if name not in ("seeds", "evaluation")}
        for seed in block["seeds"]:
            own = {name: value for name, value in seed.items() if name != "also"}
            so_far = evaluations.setdefault(seed["seed"], [])
            so_far.append(seed["evaluation"])
            found.append({**shared, **own, "score": score(so_far, min(last, len(so_far))), **seed.get("also", {})})
    return [{name: _short(value) for name, value in row.items()} for row in found]


def _short(value: float) -> float:
    """Return `value` with six digits, if it is no integer."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _save(path: Path, training: CollaborativeTraining, job: CollaborativeTrainJob, blocks: list[dict]) -> None:
    """Write the sidecar, and the learner's networks but the lagging ones: seed by seed, agent by agent, as `Sac` has them."""
    state = training.learner.state_dict()
    left_out = {name for name in state if name.startswith(("target.", "lagging.")) or any(part in name for part in MOMENTS)}
    tensors = {name: value for name, value in state.items() if name not in left_out}
    write_atomically(path, lambda temporary: save_file(tensors, temporary))
    seconds = sum(block["seconds_training"] + block["seconds_evaluation"] for block in blocks)
    facts = {
        "settings": job.model_dump(mode="json"),
        "seeds": list(job.seeds),
        "env_steps": blocks[-1]["env_steps"] * len(job.seeds),
        "sha256": digest([path]),
    }
    write_sidecar(path, FORMAT, facts | provenance(1, training.device.type, seconds))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.collaborative_train", description=__doc__)
    parser.add_argument("--agents", required=True, type=Path, help="networks to write, .safetensors")
    parser.add_argument("--metrics", required=True, type=Written, help="CSV to write, one row a block and seed")
    parser.add_argument("--visits", type=Written, help="CSV of the cells visited to write, in the maze")
    run(lambda job, to: collaborative_train(job, to.agents, to.metrics, to.visits), CollaborativeTrainJob, parser, arguments)


if __name__ == "__main__":
    main()
