"""Runs of Snakemake at smoke scale in a copy of the project."""

import os
import subprocess
import sys
from pathlib import Path


def snakemake(checkout: Path, *arguments: str, config: str | None = None) -> subprocess.CompletedProcess:
    """Run Snakemake in `checkout` at smoke scale, with the file `config` on top if there is one."""
    # The rules' "python" must be the one that runs the tests, and import the copy's modules.
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(checkout)}
    configs = ["config/smoke.yaml", *([config] if config else [])]
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", *configs, *arguments]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=1200)
