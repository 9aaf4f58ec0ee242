"""Rule `initialise`: an untrained policy of several heads, from which fine-tuning may start as well."""

import argparse
from pathlib import Path

from kmyriad.envs import make
from kmyriad.pretrain import Pretraining
from kmyriad.settings import InitialiseJob
from kmyriad.stages.checkpoint import provenance, save_policy
from kmyriad.stages.command import run


def initialise(job: InitialiseJob, path: Path) -> None:
    """Write the policy from which pretraining with these settings would start."""
    env = make(job.environment.name, job.heads, job.environment.backend, job.seed, **job.environment.settings)
    training = Pretraining(env, job.pretrain, job.heads, list(job.environment.features), job.seed)
    save_policy(path, training.policy, {"settings": job.model_dump(mode="json"), "env_steps": 0} | provenance(1, "cpu"))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.initialise", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to write, .safetensors")
    run(lambda job, options: initialise(job, options.policy), InitialiseJob, parser, arguments)


if __name__ == "__main__":
    main()
