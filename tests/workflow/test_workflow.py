"""The whole graph at smoke scale, on real physics, in a fresh copy of the project."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.smoke import snakemake

PGPSE_OURS = ("frank_wolfe", "concentration", "bridge")
"""Figures that the paper does not have."""
CE = {"ce_fig3", "ce_fig4", "ce_fig5", "ce_fig6", "ce_fig11"}


# Two cores: it starts first and takes longest, so at the end of the tests it may be alone.
@pytest.mark.slow(260)
@pytest.mark.usefixtures("forked_jobs")
def test_smoke_run_then_nothing_to_do(checkout: Path) -> None:
    first = snakemake(checkout)
    assert first.returncode == 0, first.stderr
    numbers = pd.read_csv(checkout / "results/smoke/figures/fig5.csv")
    # 2 environments and the control in one of them x 2 numbers of heads x 3 epochs, each over 2 seeds
    assert len(numbers) == 18
    assert set(numbers["n"]) == {2}
    figures = checkout / "results/smoke/figures"
    # All of the papers' figures with numbers or pictures of the simulation; K-Myriad's 1 to 3, PGPSE's 4 to 6 are drawings.
    pgpse = {f"pgpse_{name}" for name in ("fig1", "fig2", "fig3", "fig7", "fig8", "fig9", "fig10", *PGPSE_OURS)}
    # Collaborative Exploration's Figs. 7 to 9 need arms that this scale does not train.
    made = {path.stem for path in figures.glob("*.pdf")}
    assert made >= {"coverage", *(f"fig{number}" for number in range(4, 14)), *pgpse, *CE}
    assert all(path.read_bytes().startswith(b"%PDF") for path in figures.glob("*.pdf"))
    assert (figures / "walk.gif").read_bytes().startswith(b"GIF89a")
    table = (checkout / "results/smoke/tables/table1.md").read_text()
    assert "| heads | source | Maze | Cave |" in table
    assert "Nothing to be done" in snakemake(checkout).stderr
    report = snakemake(checkout, "--report", "report.html")
    assert report.returncode == 0, report.stderr
    shown = (checkout / "report.html").read_text()
    assert all(name in shown for name in (*(f"fig{number}" for number in range(4, 14)), *pgpse, *CE))
    _check_collaborative(checkout)
    _check_changed_setting_reruns_only_what_it_concerns(checkout)


def _check_collaborative(checkout: Path) -> None:
    """All that the target makes is there; it adds its verdicts as a table of their own to those in claims.json."""
    results = checkout / "results/smoke"
    curves = pd.read_csv(results / "figures/ce_fig11.csv")
    runs = {(task, arm) for task in ("pendulum-swingup", "Hopper-v5") for arm in ("replica", "ce")}
    runs |= {("maze", "independent"), ("maze", "ce")}
    assert set(zip(curves["task"], curves["arm"], strict=True)) == runs
    diversity = pd.read_csv(results / "tables/ce_table3.csv")
    assert set(zip(diversity["task"], diversity["arm"], strict=True)) == {run for run in runs if run[0] != "maze"}
    planned = snakemake(checkout, "--dry-run", "--quiet", "rules", "--", "collaborative")
    assert re.search(r"^total +2$", planned.stdout, re.MULTILINE), planned.stdout
    assert snakemake(checkout, "--", "collaborative").returncode == 0
    own, every = (json.loads((results / f"{name}.json").read_text()) for name in ("tables/ce_claims", "claims"))
    assert {row["scale"] for row in every} == {"smoke"}
    assert len(own) > 0 and all(row in every for row in own) and len(every) > len(own)
    assert "Nothing to be done" in snakemake(checkout, "--", "all", "collaborative").stderr


def _check_changed_setting_reruns_only_what_it_concerns(checkout: Path) -> None:
    planned = snakemake(checkout, "--dry-run", "--config", "seeds=[0,1,2]")
    # The new seed alone: 2 environments and a control x 2 numbers of heads, 2 budgets of Fig. 6, 2 numbers of heads of Fig. 10.
    assert re.search(r"^pretrain +10$", planned.stdout + planned.stderr, re.MULTILINE), planned.stdout


@pytest.mark.slow(6)
@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("haeds=[1]", "unknown key 'haeds'; did you mean 'heads'?"),
        ("heads=[3]", "3 heads do not divide pretrain.envs = 8"),
        ("track=[tensorbord]", "config: track: unknown tracker 'tensorbord'; did you mean 'tensorboard'?"),
        ("environments=[ant-mace]", "unknown environment 'ant-mace'; did you mean 'ant-maze'?"),
    ],
)
def test_wrong_setting_stops_before_any_job(untouched: Path, override: str, words: str) -> None:
    run = snakemake(untouched, "--config", override)
    assert run.returncode != 0
    assert words in run.stderr
    assert not (untouched / "results").exists()


MINE = """
scale: mine
results: results/mine
environments:
  - name: gymnasium:HalfCheetah-v5
    label: cheetah
    features: [obs_0]
    settings: {exclude_current_positions_from_observation: false}
heads: [2]
seeds: [0]
pretrain: {envs: 4}
jumpstart: {inits: [heads2], random_heads: 2, finetune: {envs: 4}}
diversity: {envs: 4}
"""


@pytest.mark.slow(40)
@pytest.mark.usefixtures("forked_jobs")
def test_own_gymnasium_environment_goes_all_the_way(checkout: Path) -> None:
    (checkout / "mine.yaml").write_text(MINE)
    run = snakemake(checkout, config="mine.yaml", cores=1)
    assert run.returncode == 0, run.stderr
    made = sorted(path.name for path in (checkout / "results/mine/figures").glob("*.pdf"))
    assert made == ["coverage.pdf", "fig5.pdf", "fig7.pdf"], "one feature gives no maps"
    assert (checkout / "results/mine/finetune/cheetah/heads2/goal0/seed0/metrics.csv").exists()
