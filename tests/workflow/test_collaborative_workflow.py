"""The target `collaborative` at smoke scale, in a fresh copy of the project."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest


def snakemake(checkout: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "config/smoke.yaml", *arguments]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=600)


@pytest.mark.slow
def test_smoke_run_then_nothing_to_do(checkout: Path) -> None:
    pytest.importorskip("dm_control")
    first = snakemake(checkout, "--", "collaborative")
    assert first.returncode == 0, first.stderr
    results = checkout / "results/smoke"
    # Figs. 7 and 8 need arms that this scale does not train.
    assert {path.stem for path in (results / "figures").glob("*.pdf")} == {"ce_fig3", "ce_fig5", "ce_fig11"}
    assert {path.name for path in (results / "tables").iterdir()} == {
        *("ce_table1.csv", "ce_table1.md", "ce_claims.json", "ce_claims.md"),
    }
    curves = pd.read_csv(results / "figures/ce_fig11.csv")
    assert set(zip(curves["task"], curves["arm"], strict=True)) == {
        ("pendulum-swingup", "replica"),
        ("pendulum-swingup", "ce"),
        ("maze", "independent"),
        ("maze", "ce"),
    }
    assert {row["scale"] for row in json.loads((results / "tables/ce_claims.json").read_text())} == {"smoke"}
    assert "Nothing to be done" in snakemake(checkout, "--", "collaborative").stderr
