"""Checkpoints come back bit by bit, or not at all."""

import json
from pathlib import Path

import pytest
import torch

from kmyriad.jobs.checkpoint import load_policy, save_head, save_policy
from kmyriad.jobs.files import StageError
from kmyriad.jobs.provenance import provenance, sidecar_of
from kmyriad.policies import MultiHeadPolicy


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, MultiHeadPolicy]:
    policy = MultiHeadPolicy(5, 2, 3, trunk=(7, 6), adapter=4, seed=1)
    path = tmp_path / "policy.safetensors"
    save_policy(path, policy, provenance(threads=1, device="cpu", seconds=0.5))
    return path, policy


def test_round_trip(saved: tuple[Path, MultiHeadPolicy]) -> None:
    path, policy = saved
    loaded = load_policy(path, obs_dim=5, action_dim=2)
    obs = torch.randn(6, 5)
    assert all(torch.equal(a, b) for a, b in zip(loaded(obs), policy(obs), strict=True))


def test_sidecar_says_where_it_comes_from(saved: tuple[Path, MultiHeadPolicy]) -> None:
    sidecar = json.loads(sidecar_of(saved[0]).read_text())
    assert sidecar["versions"]["torch"] == torch.__version__
    assert {"git_commit", "git_dirty", "device", "threads", "architecture", "sha256"} <= set(sidecar)


def test_absent(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="there is no checkpoint at .* snakemake"):
        load_policy(tmp_path / "policy.safetensors")


def test_truncated(saved: tuple[Path, MultiHeadPolicy]) -> None:
    saved[0].write_bytes(saved[0].read_bytes()[:-1])
    with pytest.raises(StageError, match="truncated or was changed"):
        load_policy(saved[0])


def test_one_flipped_bit(saved: tuple[Path, MultiHeadPolicy]) -> None:
    content = bytearray(saved[0].read_bytes())
    content[-1] ^= 1
    saved[0].write_bytes(content)
    with pytest.raises(StageError, match="truncated or was changed"):
        load_policy(saved[0])


@pytest.mark.parametrize("sidecar", [None, "not JSON", '{"format": "other"}', "[]"])
def test_foreign(saved: tuple[Path, MultiHeadPolicy], sidecar: str | None) -> None:
    target = sidecar_of(saved[0])
    target.unlink() if sidecar is None else target.write_text(sidecar)
    with pytest.raises(StageError, match="no checkpoint of this project"):
        load_policy(saved[0])


def test_another_architecture(saved: tuple[Path, MultiHeadPolicy]) -> None:
    with pytest.raises(StageError, match="obs_dim 5, the environment needs 62"):
        load_policy(saved[0], obs_dim=62)


def standardising() -> MultiHeadPolicy:
    policy = MultiHeadPolicy(5, 2, 3, trunk=(7, 6), adapter=4, seed=1, standardise=True)
    policy.standardiser.update(torch.randn(30, 5) * 4 + 2)
    return policy


def test_statistics_come_back_and_go_with_each_head(tmp_path: Path) -> None:
    policy, path, obs = standardising(), tmp_path / "policy.safetensors", torch.randn(6, 5) * 9
    save_policy(path, policy, {})
    loaded = load_policy(path)
    assert all(torch.equal(a, b) for a, b in zip(loaded(obs), policy(obs), strict=True))
    assert loaded.standardiser.count == 30
    save_head(tmp_path / "head.safetensors", loaded, 1, path, 0.0)
    head = load_policy(tmp_path / "head.safetensors")
    torch.testing.assert_close(head(obs[2:4])[0], policy(obs)[0][2:4])


def test_statistics_are_missing(tmp_path: Path) -> None:
    policy, path = standardising(), tmp_path / "policy.safetensors"
    policy.standardiser = None
    save_policy(path, policy, {})
    facts = json.loads(sidecar_of(path).read_text())
    facts["architecture"]["standardise"] = True
    sidecar_of(path).write_text(json.dumps(facts))
    with pytest.raises(StageError, match=r"has no standardiser\.count, which the architecture in .* needs: make it again"):
        load_policy(path)


def test_checkpoints_from_before_there_were_statistics(saved: tuple[Path, MultiHeadPolicy]) -> None:
    facts = json.loads(sidecar_of(saved[0]).read_text())
    del facts["architecture"]["standardise"]
    sidecar_of(saved[0]).write_text(json.dumps(facts))
    assert load_policy(saved[0]).standardiser is None
