"""Whether a job's process lives, by the lock file that it holds."""

import os
from pathlib import Path

LOCKS = Path("/proc/locks")
"""The system's list of locks of this machine, one a line: its sixth word ends with the file's inode."""


def alive(lock: Path) -> bool | None:
    """Return whether a process of this machine holds `lock`; None if another machine's may.

    It does not try to lock the file: a job that started in that moment would take this process for another copy of it.
    """
    if not lock.exists():
        return False
    _, _, node = lock.read_text().partition(" on ")
    if node != os.uname().nodename or not LOCKS.exists():
        return None
    inode = lock.stat().st_ino
    return any(line.split()[-3].endswith(f":{inode}") for line in LOCKS.read_text().splitlines())
