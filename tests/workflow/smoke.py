"""Runs of Snakemake at smoke scale in a copy of the project."""

import os
import subprocess
import sys
from pathlib import Path


def environment(checkout: Path) -> dict[str, str]:
    """Return variables for jobs that import the copy's modules; their programs are those of the tests, or of `forked_jobs`."""
    folders = [os.environ.get("KMYRIAD_FORKS"), str(Path(sys.executable).parent), os.environ["PATH"]]
    return {**os.environ, "PATH": os.pathsep.join(filter(None, folders)), "PYTHONPATH": str(checkout)}


def snakemake(checkout: Path, *arguments: str, config: str | None = None, cores: int = 2) -> subprocess.CompletedProcess:
    """Run Snakemake in `checkout` at smoke scale, with the file `config` on top if there is one."""
    configs = ["config/smoke.yaml", *([config] if config else [])]
    command = ["snakemake", "--cores", str(cores), "--configfile", *configs, *arguments]
    return subprocess.run(command, cwd=checkout, env=environment(checkout), capture_output=True, text=True, timeout=1200)
