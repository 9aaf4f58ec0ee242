"""The command `kmyriad watch`."""

import sys
from contextlib import suppress
from pathlib import Path
from shutil import get_terminal_size
from time import sleep, time

from kmyriad.watch.jobs import jobs_in
from kmyriad.watch.table import table

SECONDS = 3.0
"""Between two looks."""
CLEAR = "\x1b[H\x1b[J"


def watch(results: Path, once: bool) -> None:
    """Print the table of the jobs in `results`: one time, whole, or again and again, as much as fits, until Ctrl-C.

    Raises:
        StageError: as `jobs_in`.
    """
    if once:
        print(table(jobs_in(results), time()))
        return
    with suppress(KeyboardInterrupt):
        while True:
            size = get_terminal_size()
            shown = table(jobs_in(results), time(), size.columns, size.lines - 1)
            print(CLEAR * sys.stdout.isatty() + shown, flush=True)
            sleep(SECONDS)
