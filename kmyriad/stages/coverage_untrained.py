"""Rule `coverage_untrained`: how far untrained policies go by noise alone, two rows a standard deviation."""

import argparse
from pathlib import Path

import torch

from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.records import Written
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings import UntrainedCoverageJob
from kmyriad.stages.coverage_trained import rows, write_rows


def coverage_untrained(job: UntrainedCoverageJob, table_path: Path) -> None:
    """Write the rows of `coverage_trained` for random policies of the shape of `job.pretrain`, with a column `noise`.

    noise: the standard deviation of u, the same in every state and for every head.
    """
    torch.set_num_threads(job.threads)
    shape = (job.heads, job.pretrain.trunk, job.pretrain.adapter, job.log_std_range, job.seed)
    found = []
    with opened(job.environment, job.envs, job.seed) as env:
        for noise in job.noises:
            policy = MultiHeadPolicy(env.obs_dim, env.action_dim, *shape)
            policy.set_std(noise)
            found += [{"noise": noise, **row} for row in rows(job, env, policy.to(env.device))]
    write_rows(found, table_path)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.coverage_untrained", description=__doc__)
    parser.add_argument("--table", required=True, type=Written, help="CSV to write")
    run(lambda job, options: coverage_untrained(job, options.table), UntrainedCoverageJob, parser, arguments)


if __name__ == "__main__":
    main()
