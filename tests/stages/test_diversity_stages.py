"""From a checkpoint to the visits of its heads and the divergence between them."""

import json
from pathlib import Path

import pandas as pd
import pytest
import torch

from kmyriad.diversity import divergence_by_chance
from kmyriad.jobs.checkpoint import save_policy
from kmyriad.jobs.files import StageError
from kmyriad.jobs.runs import PRETRAINED
from kmyriad.papers.myriad.fig8 import positions
from kmyriad.policies import MultiHeadPolicy
from kmyriad.stages import diversity, visit
from kmyriad.stages.visit import load_particles

JOB = {"environment": "ant-empty", "seed": 0, "envs": 4, "horizon": 24, "threads": 1}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run of two heads, with a policy whose heads do opposite things, and its visits."""
    folder = tmp_path / "ant-empty" / "heads2" / "seed0"
    policy = MultiHeadPolicy(62, 8, 2, trunk=(8,), adapter=4, seed=0)
    policy.output_bias.data[:, 0, :8] = torch.tensor([[1.0], [-1.0]]) * torch.tensor([1.0, -1.0] * 4)
    save_policy(folder / "policy.safetensors", policy, {})
    paths = ["--policy", str(folder / "policy.safetensors"), "--particles", str(folder / "particles.safetensors")]
    visit.main(["--job", json.dumps(JOB), *paths])
    return folder


def test_visits_are_those_of_the_selected_features(run: Path) -> None:
    particles, heads = load_particles(run / "particles.safetensors")
    assert (particles.shape, heads) == ((24, 4, 2), 2)
    # In the first control step (1/12 s) no ant gets farther than 8.8 m/s * 1/12 s = 0.73 m.
    assert particles[0].abs().max() < 0.74
    assert not torch.equal(particles[:, 0], particles[:, 2]), "the heads act differently"


def test_divergence_table_has_a_row_a_head(run: Path) -> None:
    job = json.dumps({"k": 5, "threads": 1})
    diversity.main(["--job", job, "--particles", str(run / "particles.safetensors"), "--table", str(run / "kl.csv")])
    table = pd.read_csv(run / "kl.csv")
    assert list(table["head"]) == [0, 1]
    assert (table["kl"] > 0).all()
    particles, heads = load_particles(run / "particles.safetensors")
    assert table["kl_dealt"].tolist() == pytest.approx(divergence_by_chance(particles, heads, 5).tolist(), rel=1e-5)


def test_positions_belong_to_their_heads(run: Path) -> None:
    table = positions(str(run / "particles.safetensors"))
    # 24 steps, every second drawn: 12 of 4 environments; the first two belong to head 0.
    assert list(table["head"]) == [0, 0, 1, 1] * 12
    particles, _ = load_particles(run / "particles.safetensors")
    assert table["x"].iloc[5] == particles[2, 1, 0].item()


def test_policy_of_another_environment(run: Path) -> None:
    job = json.dumps({**JOB, "environment": "gymnasium:Pendulum-v1"})
    with pytest.raises(SystemExit, match="obs_dim 62, the environment needs 3"):
        visit.main(["--job", job, "--policy", str(run / "policy.safetensors"), "--particles", str(run / "new")])


def test_run_of_a_path() -> None:
    assert PRETRAINED.of("results/pretrain/ant-maze/heads10/seed56/metrics.csv") == ("ant-maze", 10, 56)
    with pytest.raises(StageError, match="is not in a folder"):
        PRETRAINED.of("results/pretrain/metrics.csv")


def test_damaged_visits_are_named(run: Path) -> None:
    path = run / "particles.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StageError, match=r"particles\.safetensors is damaged or no file of visits"):
        load_particles(path)
