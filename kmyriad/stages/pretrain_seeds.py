"""Rule `pretrain_seeds`: all seeds of one setting, one after the other in one process. Kill it at any time; run it again.

A process starts once for all of them: its imports, on a GPU also the context, the kernels and the captured graph.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError
from kmyriad.jobs.records import Written
from kmyriad.settings import PretrainSeedsJob
from kmyriad.stages.pretrain import pretrain, state_of


def pretrain_seeds(job: PretrainSeedsJob, policies: Sequence[Path], metrics: Sequence[Path]) -> None:
    """Pretrain every one of `job.jobs` as `pretrain` does, and write its policy and metrics to the paths of the same place.

    The state of a seed that is done stays until all are: Snakemake deletes the outputs of a job that was killed, also the
    finished ones, which are then written again from their states.

    Raises:
        StageError: not as many different paths as jobs, or what `pretrain` raises.
    """
    given = [len({path.resolve() for path in paths}) for paths in (policies, metrics)]
    if given != [len(job.jobs)] * 2:
        told = f"{len(job.jobs)} jobs need as many policies and metrics, got {given[0]} and {given[1]}"
        raise StageError(f"{told}: name one of each a job")
    for each, policy_path, metrics_path in zip(job.jobs, policies, metrics, strict=True):
        pretrain(each, policy_path, metrics_path, keep=True)
    for each, metrics_path in zip(job.jobs, metrics, strict=True):
        state_of(each, metrics_path).discard()


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.pretrain_seeds", description=__doc__)
    parser.add_argument("--policies", required=True, nargs="+", type=Path, help="checkpoints to write, one a job, .safetensors")
    parser.add_argument("--metrics", required=True, nargs="+", type=Written, help="CSVs to write, one a job")
    run(lambda job, options: pretrain_seeds(job, options.policies, options.metrics), PretrainSeedsJob, parser, arguments)


if __name__ == "__main__":
    main()
