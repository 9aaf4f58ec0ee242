"""docs/extending.md, followed as it stands: the terrain simulates, the reward trains, the figure is drawn, the paper is made."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.copies import ROOT, copy_project
from tests.docs.pages import recipe
from tests.workflow.smoke import environment

pytestmark = [pytest.mark.xdist_group("extending"), pytest.mark.usefixtures("forked_jobs")]

PAGE = "docs/extending.md"
RECIPES = ("A terrain", "An intrinsic reward", "A figure", "A fourth paper")
ONE_RUN = ("--config", "environments=[ant-empty]", "heads=[1]", "--")
METRICS = [f"results/pretrain/ant-empty/heads1/seed{seed}/metrics.csv" for seed in (1, 56)]
TERRAIN = """
import torch
from kmyriad.envs import check, make

env = make("ant-posts", 3)
check(env)
env.reset()
for _ in range(20):
    obs, _, info = env.step(2 * torch.rand(3, 8) - 1)
assert obs.isfinite().all() and not info["frozen"].any()
print(env.terrain.name, len(env.terrain.centres))
"""
REWARD = """
from kmyriad.collaborative import CollaborativeTraining
from kmyriad.settings.collaborative.arm import CollaborativeSettings, arm_settings

sac = {"actor": [16, 16], "critic": [16, 16], "batch": 16, "buffer": 1600}
base = {"agents": 2, "env_steps": 400, "seed_steps": 100, "updates_per_step": 0.1, "sac": sac}
base |= {"reward": {"bank": 50, "k": 5}, "evaluation": {"interval": 200, "episodes": 1, "last": 1}}
training = CollaborativeTraining("maze", arm_settings("change", CollaborativeSettings.model_validate(base)), [3, 5])
for _ in range(2):
    block = training.run_epoch()
print(*(seed.intrinsic_mean for seed in block.seeds))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the workflow needs of the project, with all recipes followed."""
    folder = copy_project(
        tmp_path_factory.mktemp("extended"), "kmyriad", "workflow", "config", "Snakefile", "profiles", "environment.yml"
    )
    for title in RECIPES:
        for step in recipe(PAGE, title):
            step.apply(folder)
    return folder


def run(project: Path, *command: str) -> str:
    """Run a Python command in the copy and return what it printed; it must succeed."""
    done = subprocess.run(
        ["python", *command], cwd=project, env=environment(project), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("title", "files"),
    [
        ("A terrain", {"kmyriad/envs/ant/terrains.py"}),
        (
            "An intrinsic reward",
            {
                "kmyriad/collaborative/intrinsic/change.py",
                "kmyriad/collaborative/algorithms.py",
                "kmyriad/settings/collaborative/arms.py",
            },
        ),
        ("A figure", {"kmyriad/papers/myriad/final.py", "kmyriad/papers/myriad/results.py", "workflow/report/final.rst"}),
    ],
)
def test_a_recipe_touches_no_more_files_than_it_says(title: str, files: set[str]) -> None:
    assert {step.path for step in recipe(PAGE, title)} == files


def test_a_fourth_paper_is_a_folder_its_rules_and_two_lines() -> None:
    steps = recipe(PAGE, "A fourth paper")
    assert {step.path for step in steps if not step.new} == {"workflow/Snakefile", "kmyriad/papers/__init__.py"}
    assert all(
        step.path.startswith(("kmyriad/papers/gain/", "workflow/report/", "workflow/rules/gain.")) for step in steps if step.new
    )


def test_the_code_of_the_page_passes_the_linter(project: Path) -> None:
    files = {step.path for title in RECIPES for step in recipe(PAGE, title) if step.path.endswith(".py")}
    run(project, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), *sorted(files))
    run(project, "-m", "ruff", "format", "--check", "--config", str(ROOT / "pyproject.toml"), *sorted(files))


def test_the_terrain_simulates(project: Path) -> None:
    name, boxes = run(project, "-c", TERRAIN).split()
    assert name == "posts" and 20 <= int(boxes) <= 40
    assert "ok: 4 copies of ant-posts" in run(project, "-m", "kmyriad", "check-env", "ant-posts")


def test_the_reward_trains(project: Path) -> None:
    found = [float(number) for number in run(project, "-c", REWARD).split()]
    assert found and all(0 < reward < 1 for reward in found)
    assert '"change"' in run(project, "-m", "kmyriad.pipeline.schema")


def test_the_figure_is_drawn(project: Path, tmp_path: Path) -> None:
    pdf, job = tmp_path / "final.pdf", json.dumps({"environments": ["ant-empty"], "note": "two seeds"})
    inputs = [str(ROOT / file) for file in METRICS]
    run(project, "-m", "kmyriad.papers.myriad.final", "--job", job, "--inputs", *inputs, "--output", str(pdf))
    assert pdf.read_bytes().startswith(b"%PDF") and pdf.with_suffix(".png").exists()
    (row,) = pd.read_csv(pdf.with_suffix(".csv")).itertuples()
    assert (row.environment, row.heads, row.n) == ("ant-empty", 1, 2)
    assert row.mean == pytest.approx(np.mean([pd.read_csv(file)["entropy"].iloc[-1] for file in inputs]), rel=1e-5)


def test_the_workflow_knows_the_figure(project: Path) -> None:
    plan = run(project, "-m", "snakemake", "--dry-run", "--forceall", "--quiet", "rules", *ONE_RUN, "results/figures/final.pdf")
    assert {tuple(line.split()) for line in plan.splitlines()} >= {("final", "1"), ("pretrain", "2")}


@pytest.mark.slow(60)
def test_the_fourth_paper_is_made(project: Path) -> None:
    for file in METRICS:
        (project / file).parent.mkdir(parents=True)
        shutil.copy(ROOT / file, project / file)
    run(project, "-m", "snakemake", "--cores", "1", *ONE_RUN, "gain")
    table = (project / "results/tables/gain_table.md").read_text()
    gains = [pd.read_csv(ROOT / file)["entropy"].iloc[[0, -1]].diff().iloc[-1] for file in METRICS]
    assert f"| Empty | 1 | {np.mean(gains):.3f} ± {np.std(gains, ddof=1):.3f} |" in table
    (verdict,) = json.loads((project / "results/tables/gain_claims.json").read_text())
    assert verdict["claim"] == "ant-empty: entropy gained by 1 heads (nats)" and verdict["n"] == 2
