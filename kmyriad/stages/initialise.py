"""Rule `initialise`: an untrained policy of several heads, from which fine-tuning may start as well."""

import argparse
from pathlib import Path
from time import perf_counter

from kmyriad.pretrain import Pretraining
from kmyriad.settings import InitialiseJob
from kmyriad.stages.checkpoint import save_policy
from kmyriad.stages.command import run
from kmyriad.stages.environments import look_at
from kmyriad.stages.provenance import provenance


def initialise(job: InitialiseJob, path: Path) -> None:
    """Write the policy from which pretraining with these settings would start."""
    started = perf_counter()
    env = look_at(job.environment)
    training = Pretraining(env, job.pretrain, job.heads, list(job.environment.features), job.seed)
    facts = {"settings": job.model_dump(mode="json"), "seed": job.seed, "env_steps": 0}
    save_policy(path, training.policy, facts | provenance(1, "cpu", perf_counter() - started))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.initialise", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to write, .safetensors")
    run(lambda job, options: initialise(job, options.policy), InitialiseJob, parser, arguments)


if __name__ == "__main__":
    main()
