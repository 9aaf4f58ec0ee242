"""Rule `initialise`: an untrained policy of several heads at its best noise, from which fine-tuning may start as well."""

import argparse
from pathlib import Path
from time import perf_counter

import pandas as pd

from kmyriad.jobs.checkpoint import save_policy
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import look_at
from kmyriad.jobs.provenance import provenance
from kmyriad.jobs.runs import read_table
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings import InitialiseJob


def best_noise(tables: list[str]) -> float:
    """Return the standard deviation with which untrained policies reach most entropy, on average over the CSV files `tables`."""
    runs = pd.concat(map(read_table, tables))
    return float(runs[runs["acting"] == "sampled"].groupby("noise")["entropy"].mean().idxmax())


def initialise(job: InitialiseJob, tables: list[str], path: Path) -> None:
    """Write a random policy of the shape of `job.pretrain` with the best noise of `tables` (`coverage_untrained`)."""
    started = perf_counter()
    env, noise = look_at(job.environment), best_noise(tables)
    shape = (job.heads, job.pretrain.trunk, job.pretrain.adapter, job.log_std_range, job.seed)
    policy = MultiHeadPolicy(env.obs_dim, env.action_dim, *shape)
    policy.set_std(noise)
    facts = {"settings": job.model_dump(mode="json"), "noise": noise, "seed": job.seed, "env_steps": 0}
    save_policy(path, policy, facts | provenance(1, "cpu", perf_counter() - started))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.initialise", description=__doc__)
    parser.add_argument("--noises", required=True, nargs="+", help="what the stage coverage_untrained wrote, every seed")
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to write, .safetensors")
    run(lambda job, options: initialise(job, options.noises, options.policy), InitialiseJob, parser, arguments)


if __name__ == "__main__":
    main()
