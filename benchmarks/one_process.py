"""What the seeds of one setting save by sharing a process (`seeds_together`): the time that it takes to start and to end.

Prints JSON: `together`, the CPU time of one process that pretrains all seeds one after the other, over that of a process for
each, both with `epochs` updates at desk scale; `start`, the CPU seconds that a process takes beside its training; and `share`,
those as a share of a process with as many updates as the desk scale has.
"""

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.arguments import positive
from benchmarks.checkpointing import desk_job
from kmyriad.settings import PretrainJob, PretrainSeedsJob
from kmyriad.stages.pretrain_seeds import pretrain_seeds


def jobs(heads: int, seeds: int, epochs: int) -> list[PretrainJob]:
    """Return the desk scale's job for each seed, with `epochs` updates."""
    job = desk_job(heads)
    settings = job.pretrain.model_copy(update={"epochs": epochs})
    return [job.model_copy(update={"seed": seed, "pretrain": settings}) for seed in range(seeds)]


def train(wanted: list[PretrainJob]) -> None:
    """Pretrain one job after the other, as the rule does."""
    with TemporaryDirectory(prefix=".one_process-", dir=".") as name:
        folders = [Path(name) / str(job.seed) for job in wanted]
        policies, metrics = ([folder / file for folder in folders] for file in ("policy.safetensors", "metrics.csv"))
        pretrain_seeds(PretrainSeedsJob(jobs=wanted), policies, metrics)


def cpu_seconds(wanted: list[PretrainJob]) -> float:
    """Return the CPU time of a process of its own that trains `wanted`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "benchmarks.one_process", "--train", *(job.model_dump_json() for job in wanted)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(heads: int, seeds: int, epochs: int) -> dict[str, float]:
    """Return what the module's docstring says."""
    wanted, desk = jobs(heads, seeds, epochs), desk_job(heads).pretrain.epochs
    separate = sum(cpu_seconds([job]) for job in wanted)
    together = cpu_seconds(wanted)
    start = (separate - together) / (seeds - 1)
    epoch = (together - start) / (seeds * epochs)
    return {
        "seeds": seeds,
        "epochs": epochs,
        "together": together / separate,
        "start": start,
        "share": start / (start + desk * epoch),
    }


def main() -> None:
    """Parse the command line and print the measurement, or train what it names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heads", type=positive, default=10)
    parser.add_argument("--seeds", type=positive, default=4)
    parser.add_argument("--epochs", type=positive, default=10)
    parser.add_argument("--threads", type=positive, default=1, choices=[1], help="the desk scale's jobs have one")
    parser.add_argument("--train", nargs="+", metavar="JOB", help="train these instead, as the processes that are measured do")
    options = parser.parse_args()
    if options.seeds < 2:
        parser.error(f"--seeds {options.seeds} leaves nothing to share: use at least 2")
    if options.train:
        train([PretrainJob.model_validate_json(job) for job in options.train])
    else:
        print(json.dumps(measure(options.heads, options.seeds, options.epochs)))


if __name__ == "__main__":
    main()
