"""Snakemake that looks after its Slurm jobs every second; the plugin waits longer after each look, up to 3 minutes."""

import asyncio
import sys

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor


async def _one_second(self: RemoteExecutor) -> None:
    await asyncio.sleep(1)


if __name__ == "__main__":
    RemoteExecutor.sleep = _one_second
    main(sys.argv[1:])
