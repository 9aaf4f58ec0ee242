"""Copies of the project, as a fresh clone would have it."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def copy_project(target: Path, *parts: str) -> Path:
    """Copy the tracked and new files, without anybody's results, to `target`; only those below `parts` if there are any."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *parts]
    files = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for file in files:
        source = ROOT / file
        if file.startswith("results/") or not os.path.lexists(source):
            continue
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            (target / file).symlink_to(os.readlink(source))
        else:
            (target / file).write_bytes(source.read_bytes())
    return target
