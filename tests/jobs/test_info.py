"""What a file is and where it comes from, or one line that it is none of ours."""

from argparse import ArgumentParser
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from kmyriad.jobs.checkpoint import save_policy
from kmyriad.jobs.command import run
from kmyriad.jobs.files import StageError
from kmyriad.jobs.info import info
from kmyriad.jobs.provenance import digest, write_sidecar
from kmyriad.jobs.records import Written, write_record
from kmyriad.jobs.state import JobState
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings import DiversityJob


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder of results with one pretraining run and one fine-tuning run, three heads each."""
    for place in ("pretrain/ant-empty/heads3/seed0", "finetune/ant-empty/heads3/goal1/seed0"):
        facts = {"settings": {"environment": {"name": "ant-empty"}, "scales": [0.5] * 9}, "git_dirty": False, "seconds": 1 / 3}
        policy = MultiHeadPolicy(5, 2, 3, trunk=(7,), adapter=4)
        save_policy(tmp_path / "results/checkpoints" / place / "policy.safetensors", policy, facts | {"env_steps": len(place)})
        (tmp_path / "results" / place).mkdir(parents=True)
        (tmp_path / "results" / place / "metrics.csv").write_text("epoch\n0\n")
    return tmp_path / "results"


def lines(path: Path) -> list[str]:
    return info(path).splitlines()


def test_policy(results: Path) -> None:
    shown = lines(results / "checkpoints/pretrain/ant-empty/heads3/seed0/policy.safetensors")
    assert shown[:2] == ["kind: policy", "heads: 3"]
    assert {
        "architecture.obs_dim: 5",
        "settings.environment.name: ant-empty",
        "settings.scales: 9, from 0.5 to 0.5",
        "git_dirty: false",
        "seconds: 0.333333",
    } <= set(shown)


def test_metrics_lead_to_the_checkpoint_of_their_run(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(results)
    for place in ("pretrain/ant-empty/heads3/seed0", "finetune/ant-empty/heads3/goal1/seed0"):
        shown = lines(Path(place) / "metrics.csv")
        assert shown[:2] == ["kind: metrics of a run", f"checkpoint: {results}/checkpoints/{place}/policy.safetensors"]
        assert f"env_steps: {len(place)}" in shown


def test_metrics_without_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").touch()
    with pytest.raises(StageError, match="nothing says where .*metrics.csv comes from: .* and no commit has it"):
        info(tmp_path / "metrics.csv")


def test_a_committed_file_without_a_record() -> None:
    shown = lines(Path("config/config.yaml"))
    assert shown[0] == "kind: file without a record of what made it"
    assert len(shown[1].removeprefix("git_commit_of_the_file: ")) == 40


def test_a_stage_records_what_it_wrote(tmp_path: Path) -> None:
    (tmp_path / "seed3").mkdir()
    source, table = tmp_path / "seed3" / "in.csv", tmp_path / "out.csv"
    source.write_text("env_steps\n10\n20\n")
    parser = ArgumentParser()
    parser.add_argument("--inputs", nargs="+")
    parser.add_argument("--table", type=Written)
    job = DiversityJob(k=5, threads=1)
    arguments = ["--job", job.model_dump_json(), "--inputs", str(source), "--table", str(table)]
    run(lambda job, options: options.table.write_text("a"), DiversityJob, parser, arguments)
    shown = lines(table)
    assert shown[0] == "kind: result"
    assert {"settings.k: 5", "seeds: [3]", "env_steps: 20", f'inputs.files: ["{source}"]'} <= set(shown)
    table.write_text("b")
    with pytest.raises(StageError, match="out.csv is truncated or was changed"):
        info(table)


def test_markdown_and_json_share_a_record(tmp_path: Path) -> None:
    for name in ("claims.json", "claims.md"):
        (tmp_path / name).write_text("{}")
    write_record([tmp_path / "claims.json", tmp_path / "claims.md"], "kmyriad-result-1", None, [], 1.0)
    assert (tmp_path / "claims.record.json").exists()
    for name in ("claims.json", "claims.md", "claims.record.json"):
        assert lines(tmp_path / name)[0] == "kind: result"


@pytest.mark.parametrize("suffix", [".pdf", ".png", ".json"])
def test_figure(tmp_path: Path, suffix: str) -> None:
    for made in (".pdf", ".png"):
        (tmp_path / f"fig5{made}").write_text(made)
    facts = {"sha256": {f"fig5{made}": digest([tmp_path / f"fig5{made}"]) for made in (".pdf", ".png")}}
    write_sidecar(tmp_path / "fig5.pdf", "kmyriad-figure-1", facts | {"inputs": {"files": [f"f{i}" for i in range(36)]}})
    shown = lines(tmp_path / f"fig5{suffix}")
    assert shown[0] == "kind: figure"
    assert "inputs.files: 36, from f0 to f35" in shown
    (tmp_path / "fig5.png").write_text("changed")
    if suffix == ".png":
        with pytest.raises(StageError, match="fig5.png is truncated or was changed"):
            info(tmp_path / "fig5.png")


def test_state_of_a_job(tmp_path: Path) -> None:
    state = JobState.of(DiversityJob(k=5, threads=1), tmp_path)
    state.save({"a": torch.zeros(2)}, [{"epoch": 0, "entropy": 1.0}, {"epoch": 1, "entropy": 1.25}], 3)
    assert lines(state.path) == [
        "kind: state of an unfinished job",
        "epochs done: 2",
        "last epoch.epoch: 1",
        "last epoch.entropy: 1.25",
        "settings.k: 5",
        "settings.threads: 1",
    ]


def test_visits_with_and_without_a_record(tmp_path: Path) -> None:
    path = tmp_path / "particles.safetensors"
    save_file({"particles": torch.zeros(3, 4, 2)}, path, {"heads": "2"})
    assert lines(path) == ["kind: visits of a policy's heads", "heads: 2", "particles: [3, 4, 2]"]
    write_sidecar(path, "kmyriad-visits-1", {"sha256": digest([path]), "seed": 7})
    assert {"kind: visits of a policy's heads", "seed: 7", "tensors.particles: [3, 4, 2]"} <= set(lines(path))


def test_changed_policy(results: Path) -> None:
    path = results / "checkpoints/pretrain/ant-empty/heads3/seed0/policy.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(StageError, match="policy.safetensors is truncated or was changed"):
        info(path)


def test_truncated_policy(results: Path) -> None:
    path = results / "checkpoints/pretrain/ant-empty/heads3/seed0/policy.safetensors"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(StageError, match="policy.safetensors is damaged or no safetensors file"):
        info(path)


def test_not_ours(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="there is no file .*nothing"):
        info(tmp_path / "nothing")
    with pytest.raises(StageError, match="there is no file"):
        info(tmp_path)
    (tmp_path / "other.txt").touch()
    with pytest.raises(StageError, match=r"nothing says where .*other\.txt comes from: .*other\.json is missing"):
        info(tmp_path / "other.txt")
    save_file({"a": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(StageError, match=r"nothing says where .*other\.safetensors comes from"):
        info(tmp_path / "other.safetensors")
