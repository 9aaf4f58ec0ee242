"""Rule `ce_gaits`: where head, waist and foot go while the agents of one training walk (Fig. 6), one row a step."""

import argparse
from pathlib import Path

import torch

from kmyriad.collaborative.gaits import Walkers, gaits
from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError, write_atomically
from kmyriad.jobs.records import Written
from kmyriad.settings.collaborative.baselines import CollaborativeGaitsSettings
from kmyriad.stages.ce_diversity import trained_agents


def ce_gaits(job: CollaborativeGaitsSettings, agents: Path, table: Path) -> None:
    """Write how the `agents` that `collaborative_train` wrote walk; the columns are `kmyriad.collaborative.gaits.COLUMNS`.

    Raises:
        StageError: one of `trained_agents`'s; the task's robot has no head, waist and foot.
    """
    torch.set_num_threads(1)  # the bytes depend on it
    training, learner, pool, _ = trained_agents(agents)
    if not isinstance(pool, Walkers):
        raise StageError(f"{agents} was trained on {training.task}: Fig. 6 shows Hopper-v5 and Walker2d-v5")
    try:
        rows = gaits(learner, pool, training.seeds, job.steps)
    except ValueError as error:
        raise StageError(f"{agents} was trained on {training.task}: {error}") from None
    write_atomically(table, lambda path: rows.to_csv(path, index=False, float_format="%.4g"))


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and let them walk."""
    parser = argparse.ArgumentParser(prog="python -m kmyriad.stages.ce_gaits", description=__doc__)
    parser.add_argument("--agents", required=True, type=Path, help="networks that collaborative_train wrote, .safetensors")
    parser.add_argument("--table", required=True, type=Written, help="CSV to write, one row a step")
    run(lambda job, to: ce_gaits(job, to.agents, to.table), CollaborativeGaitsSettings, parser, arguments)


if __name__ == "__main__":
    main()
