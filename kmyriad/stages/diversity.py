"""Rule `diversity`: how far each head's visits are from those of all other heads, one row a head."""

import argparse
from pathlib import Path

import pandas as pd
import torch

from kmyriad.diversity import divergence_by_chance, divergence_of_heads
from kmyriad.jobs.command import run
from kmyriad.jobs.files import write_atomically
from kmyriad.jobs.records import Written
from kmyriad.settings import DiversityJob
from kmyriad.stages.visit import load_particles


def diversity(job: DiversityJob, particles_path: Path, table_path: Path) -> None:
    """Write head, kl and kl_dealt, the same for trajectories dealt at random (nats), for the visits at `particles_path`."""
    torch.set_num_threads(job.threads)
    particles, heads = load_particles(particles_path)
    kl, dealt = divergence_of_heads(particles, heads, job.k), divergence_by_chance(particles, heads, job.k)
    table = pd.DataFrame({"head": range(heads), "kl": kl.tolist(), "kl_dealt": dealt.tolist()})
    write_atomically(table_path, lambda path: table.to_csv(path, index=False, float_format="%.6g"))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.diversity", description=__doc__)
    parser.add_argument("--particles", required=True, type=Path, help="what the stage visit wrote")
    parser.add_argument("--table", required=True, type=Written, help="CSV to write")
    run(lambda job, options: diversity(job, options.particles, options.table), DiversityJob, parser, arguments)


if __name__ == "__main__":
    main()
