"""Rule `visit`: let a trained policy act once more and keep where its heads went."""

import argparse
from pathlib import Path
from time import perf_counter

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.command import run
from kmyriad.jobs.environments import opened
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.provenance import digest, provenance, write_sidecar
from kmyriad.rollout import Purpose, play, random_seeds, sound_environments
from kmyriad.settings import VisitJob

FORMAT = "kmyriad-visits-1"


def visit(job: VisitJob, policy_path: Path, particles_path: Path) -> None:
    """Write the visited features [T, m, d], head by head in blocks of equal size; `job.features` gives their names.

    Environments whose simulation failed are left out, and as many of the others' last ones, so that the blocks stay equal.
    """
    started = perf_counter()
    torch.set_num_threads(job.threads)
    with opened(job.environment, job.envs, job.seed) as env:
        policy = load_policy(policy_path, env.obs_dim, env.action_dim).to(env.device)
        policy_seed, env_seed, _ = random_seeds(Purpose.VISIT, job.seed)
        trajectory = play(env, policy, job.horizon, policy_seed, env_seed)
    features = [env.feature_names.index(name) for name in job.environment.features]
    sound = sound_environments(trajectory.frozen, policy.num_heads)
    particles = trajectory.particles(features)[:, sound].contiguous()
    write_atomically(particles_path, lambda path: save_file({"particles": particles}, path, {"heads": str(policy.num_heads)}))
    files = {"of": str(policy_path), "of_sha256": digest([policy_path]), "sha256": digest([particles_path])}
    facts = {"settings": job.model_dump(mode="json"), "seed": job.seed, "env_steps": job.envs * job.horizon}
    write_sidecar(particles_path, FORMAT, files | facts | provenance(job.threads, env.device, perf_counter() - started))


def load_particles(path: Path) -> tuple[torch.Tensor, int]:
    """Return the visited features [T, m, d] and the number of heads from what `visit` wrote; StageError if it did not."""
    try:
        with safe_open(path, "pt") as file:
            return file.get_tensor("particles"), int(file.metadata()["heads"])
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise StageError(f"{path} is damaged or no file of visits ({error}): delete it to make it again") from None


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.visit", description=__doc__)
    parser.add_argument("--policy", required=True, type=Path, help="checkpoint to read")
    parser.add_argument("--particles", required=True, type=Path, help="visited features to write, .safetensors")
    run(lambda job, options: visit(job, options.policy, options.particles), VisitJob, parser, arguments)


if __name__ == "__main__":
    main()
