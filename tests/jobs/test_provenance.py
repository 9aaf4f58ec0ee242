"""The record beside every result: code, versions, machine, time; checkpoints, heads and visits all have one."""

import json
import subprocess
from pathlib import Path

import pytest
import torch

from kmyriad.jobs.checkpoint import save_head, save_policy
from kmyriad.jobs.provenance import provenance, read_sidecar, sidecar_of, write_sidecar
from kmyriad.policies import MultiHeadPolicy
from kmyriad.stages import initialise, take_head, visit

EVERYWHERE = {"settings", "seed", "env_steps", "git_commit", "git_dirty", "versions", "device", "threads", "seconds", "sha256"}


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that stands for the package, in a repository that has it not yet."""
    file = tmp_path / "__init__.py"
    file.write_text("one")
    git(tmp_path, "init", "--quiet")
    monkeypatch.setattr("kmyriad.jobs.provenance.PACKAGE", file)
    return file


def test_commit_and_dirtiness(package: Path) -> None:
    (package.parent / "results").mkdir()
    (package.parent / "results" / "metrics.csv").touch()
    git(package.parent, "add", "__init__.py", "results")
    git(package.parent, "commit", "--quiet", "--message", "m")
    commit = git(package.parent, "rev-parse", "HEAD")
    (package.parent / "untracked").touch()
    (package.parent / "results" / "metrics.csv").write_text("made anew")
    facts = provenance(1, "cpu", 2.5)
    assert (facts["git_commit"], facts["git_dirty"], facts["seconds"]) == (commit, False, 2.5)
    package.write_text("two")
    facts = provenance(1, "cpu", 2.5)
    assert (facts["git_commit"], facts["git_dirty"]) == (commit, True)


def test_somebody_elses_repository(package: Path) -> None:
    facts = provenance(1, "cpu", None)
    assert (facts["git_commit"], facts["git_dirty"]) == (None, None)


def test_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    facts = provenance(3, "cpu", None)
    assert (facts["git_commit"], facts["git_dirty"], facts["threads"]) == (None, None, 3)


def test_versions_and_device() -> None:
    facts = provenance(1, "cpu", None)
    assert facts["versions"]["torch"] == torch.__version__
    assert facts["device"].startswith("cpu (") and len(facts["device"]) > len("cpu ()")


@pytest.mark.parametrize("text", [None, "not JSON", "[]", '{"format": "other"}', '{"format": null}'])
def test_foreign_sidecar_is_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "a.json").write_text(text)
    assert read_sidecar(tmp_path / "a.safetensors") is None


def test_round_trip(tmp_path: Path) -> None:
    write_sidecar(tmp_path / "a.pdf", "kmyriad-figure-1", {"seed": 1})
    assert read_sidecar(tmp_path / "a.pdf") == {"format": "kmyriad-figure-1", "seed": 1}


def test_untrained_policy_and_its_visits(tmp_path: Path) -> None:
    policy, particles = tmp_path / "policy.safetensors", tmp_path / "particles.safetensors"
    job = {"environment": "ant-empty", "heads": 2, "seed": 3, "pretrain": {"trunk": [8], "adapter": 4}, "log_std_range": [-5, 2]}
    noises = tmp_path / "noises.csv"
    noises.write_text("noise,acting,entropy\n0.5,sampled,1\n")
    initialise.main(["--job", json.dumps(job), "--noises", str(noises), "--policy", str(policy)])
    facts = read_sidecar(policy)
    assert set(facts) >= EVERYWHERE
    assert (facts["seed"], facts["env_steps"], facts["settings"]["heads"]) == (3, 0, 2)
    job = {"environment": "ant-empty", "seed": 5, "envs": 4, "horizon": 3, "threads": 1}
    visit.main(["--job", json.dumps(job), "--policy", str(policy), "--particles", str(particles)])
    visits = read_sidecar(particles)
    assert set(visits) >= EVERYWHERE
    assert (visits["seed"], visits["env_steps"], visits["of_sha256"]) == (5, 12, facts["sha256"])


def test_head_has_the_record_of_its_policy(tmp_path: Path) -> None:
    policy, actor = tmp_path / "policy.safetensors", tmp_path / "actor.safetensors"
    source = {"settings": {"heads": 2}, "seed": 3, "env_steps": 99, "seconds": 1000.0}
    save_policy(policy, MultiHeadPolicy(5, 2, 2, trunk=(7,), adapter=4), source)
    take_head.main(["--policy", str(policy), "--head", "1", "--actor", str(actor)])
    facts = read_sidecar(actor)
    assert set(facts) >= EVERYWHERE
    assert (facts["head"], facts["of"], facts["of_sha256"]) == (1, str(policy), read_sidecar(policy)["sha256"])
    assert (facts["settings"], facts["seed"], facts["env_steps"]) == ({"heads": 2}, 3, 99)
    assert facts["seconds"] < 1000.0, "that of taking the head, not of the training"


def test_head_that_is_not_there_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(IndexError):
        save_head(tmp_path / "a.safetensors", MultiHeadPolicy(5, 2, 2, trunk=(7,), adapter=4), 2, tmp_path / "p", 0.0)
    assert not sidecar_of(tmp_path / "a.safetensors").exists()
