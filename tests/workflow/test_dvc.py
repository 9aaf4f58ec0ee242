"""DVC around Snakemake, with the real dvc and git: nothing is trained twice, here or in a clone."""

import json
import re
import resource
from pathlib import Path

import pytest
import yaml

from tests.workflow.project import Project, merged

TINY = {
    "results": "results",
    "environments": ["ant-cave"],
    "seeds": [0],
    # An environment that is not among ours: Figs. 6 and 10 are left out.
    "fig6": {"environment": "ant-empty"},
    "fig10": {"environment": "ant-empty"},
    "jumpstart": {"inits": ["heads4"]},
    "fig4": {"goals": [[2.0, 1.0]]},
    # No number of agents is the bridge's, which is left out too.
    "gridworld": {"agents": [2, 3], "theorem_agents": [8]},
    # The default, written down so that a test can change it.
    "diversity": {"k": 5},
}
"""On top of the smoke scale: the smallest graph that fills every folder of results."""
MACHINES_OWN = {"logs", "benchmarks"}
"""Folders of results that neither DVC nor git keeps."""


@pytest.fixture
def project(checkout: Path) -> Project:
    """A repository of its own whose default is the tiny scale."""
    project = Project(checkout)
    smoke = yaml.safe_load((checkout / "config/smoke.yaml").read_text())
    smoke["collaborative"]["blocks"] = [block for block in smoke["collaborative"]["blocks"] if block["tasks"] == ["maze"]]
    project.change_settings(merged(smoke, TINY))
    project.commit("start")
    return project


@pytest.mark.slow(110)
@pytest.mark.usefixtures("forked_jobs")
def test_nothing_is_trained_twice(project: Project) -> None:
    project.run("snakemake", "--cores", "1")
    project.dvc("commit", "--force")
    _check_each_result_has_one_keeper(project)
    project.run("git", "commit", "--quiet", "--message", "results")
    project.dvc("push")
    clone = project.clone()
    assert "here: results/checkpoints, .snakemake/metadata" in clone.run("kmyriad", "pull")
    _check_clone_knows_that_all_is_made(clone)
    _check_metrics_and_plots(clone)
    _check_changed_setting_runs_what_it_concerns(clone)


def _check_each_result_has_one_keeper(project: Project) -> None:
    stages = yaml.safe_load((project.folder / "dvc.yaml").read_text())["stages"].values()
    entries = [entry for stage in stages for entry in [*stage["outs"], *stage.get("metrics", [])]]
    outs = {path: options for entry in entries for path, options in entry.items()}
    results = (project.folder / "results").iterdir()
    # The records name the commit that made a file: git's alone.
    made = {f"results/{path.name}" for path in results if path.name not in MACHINES_OWN and ".record." not in path.name}
    assert made | {".snakemake/metadata"} == set(outs), "every output is one of dvc.yaml's"
    project.run("git", "add", "--all")
    tracked = project.run("git", "ls-files").splitlines()
    for path, options in outs.items():
        in_git = any(file == path or file.startswith(f"{path}/") for file in tracked)
        assert in_git != options.get("cache", True), f"{path} is either git's or in DVC's cache"


def _check_clone_knows_that_all_is_made(clone: Project) -> None:
    assert clone.planned() == {}
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert clone.dvc("repro").count("didn't change, skipping") == 3
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Processor time, for the clock would measure what else the machine does.
    assert now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime < 3
    assert clone.run("git", "status", "--porcelain") == ""
    # Another seed: a policy of 1 head and one of 4 to train.
    assert clone.planned("--config", "seeds=[0,1]")["pretrain"] == 2


def _check_metrics_and_plots(clone: Project) -> None:
    shown = json.loads(clone.dvc("metrics", "show", "--json"))[""]["data"]["results/summary.json"]["data"]
    assert {name: {where: set(by) for where, by in values.items()} for name, values in shown.items()} == {
        "entropy": {"ant-cave": {"heads1", "heads4"}},
        "success": {"ant-cave": {"heads4"}},
        "kl": {"ant-cave": {"heads4"}},
    }
    clone.dvc("plots", "show")
    page = (clone.folder / "dvc_plots/index.html").read_text()
    fig5, fig7 = (json.loads(text) for text in re.findall(r"var spec = (\{.*\});", page))
    # 2 numbers of heads x 3 epochs; 480 environment steps are 3 epochs of 8 x 20.
    assert [len(plot["data"]["values"]) for plot in (fig5, fig7)] == [6, 3]
    assert [plot["facet"]["field"] for plot in (fig5, fig7)] == ["environment"] * 2


def _check_changed_setting_runs_what_it_concerns(clone: Project) -> None:
    before = clone.times("results/checkpoints")
    clone.dvc("exp", "run", "--set-param", "config/config.yaml:diversity.k=3")
    # Every job writes its benchmark, and the clone came without any.
    ran = {path.relative_to(clone.folder / "results/benchmarks").parts[0] for path in clone.times("results/benchmarks")}
    assert {name.removesuffix(".tsv") for name in ran} == {"diversity", "table1", "claims", "summary"}
    assert clone.times("results/checkpoints") == before
    changes = json.loads(clone.dvc("metrics", "diff", "--json"))["results/summary.json"]
    assert list(changes) == ["kl.ant-cave.heads4"], "entropy and success are as they were"
    params = json.loads(clone.dvc("params", "diff", "--json"))["config/config.yaml"]
    assert params == {"diversity.k": {"old": 5, "new": 3, "diff": -2}}
