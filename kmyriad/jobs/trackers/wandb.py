"""Rows of metrics for Weights & Biases, kept on disk: wandb sync results/tracked/wandb/<run>/wandb/offline-run-*"""

import os
from collections.abc import Iterable
from shutil import rmtree

from kmyriad.jobs.tracking import TrackedRun, Values

PACKAGE = "wandb"
# Nothing leaves the machine unasked.
DEFAULTS = {"WANDB_MODE": "offline", "WANDB_PROJECT": "kmyriad", "WANDB_ERROR_REPORTING": "false"}
"""Variables of wandb, where they are not set."""


class Tracker:
    """One offline run, whose id is the job's; a start puts a new one in the place of an earlier attempt's."""

    def __init__(self, run: TrackedRun, past: Iterable[Values]) -> None:
        for name, value in DEFAULTS.items():
            os.environ.setdefault(name, value)
        import wandb

        if run.folder.exists():
            rmtree(run.folder)
        run.folder.mkdir(parents=True)
        # Metrics and nothing else: no console, no load of the machine, no code.
        quiet = wandb.Settings(
            console="off", silent=True, disable_git=True, disable_code=True, x_disable_stats=True, x_disable_meta=True
        )
        self._run = wandb.init(
            id=run.key,
            name=run.name,
            group=run.name.partition("/")[0],
            resume="allow" if os.environ["WANDB_MODE"] == "online" else None,
            dir=str(run.folder),
            settings=quiet,
        )
        for step, values in enumerate(past):
            self.add(step, values)

    def add(self, step: int, values: Values) -> None:
        """Write one row."""
        self._run.log(values, step=step)

    def close(self) -> None:
        """Wait until all is written: `finish` alone leaves that to a process of its own."""
        import wandb

        self._run.finish()
        wandb.teardown()
