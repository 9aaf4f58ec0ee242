"""The whole graph at smoke scale, on real physics, in a fresh copy of the project."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

SMOKE = ["--cores", "2", "--configfile", "config/smoke.yaml"]


def snakemake(checkout: Path, *arguments: str) -> subprocess.CompletedProcess:
    # The rules' "python" must be the one that runs the tests, and import the copy's modules.
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-m", "snakemake", *SMOKE, *arguments]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=600)


@pytest.mark.slow
def test_smoke_run_then_nothing_to_do(checkout: Path) -> None:
    first = snakemake(checkout)
    assert first.returncode == 0, first.stderr
    numbers = pd.read_csv(checkout / "results/smoke/figures/fig5.csv")
    # 2 environments x 2 numbers of heads x 3 epochs, each over 2 seeds
    assert len(numbers) == 12
    assert set(numbers["n"]) == {2}
    for figure in ("fig5", "fig7", "fig8", "fig13"):
        assert (checkout / f"results/smoke/figures/{figure}.pdf").read_bytes().startswith(b"%PDF")
    table = (checkout / "results/smoke/tables/table1.md").read_text()
    assert "| heads | source | Maze | Cave |" in table
    assert "Nothing to be done" in snakemake(checkout).stderr
    report = snakemake(checkout, "--report", "report.html")
    assert report.returncode == 0, report.stderr
    assert "fig5" in (checkout / "report.html").read_text()
    _check_changed_setting_reruns_only_what_it_concerns(checkout)


def _check_changed_setting_reruns_only_what_it_concerns(checkout: Path) -> None:
    planned = snakemake(checkout, "--dry-run", "--config", "seeds=[0,1,2]")
    assert re.search(r"^pretrain +4$", planned.stdout + planned.stderr, re.MULTILINE), planned.stdout


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("haeds=[1]", "unknown key 'haeds'; did you mean 'heads'?"),
        ("heads=[3]", "3 heads do not divide pretrain.envs = 8"),
        ("environments=[ant-mace]", "unknown environment 'ant-mace'; did you mean 'ant-maze'?"),
    ],
)
def test_wrong_setting_stops_before_any_job(checkout: Path, override: str, words: str) -> None:
    run = snakemake(checkout, "--config", override)
    assert run.returncode != 0
    assert words in run.stderr
    assert not (checkout / "results").exists()
