"""A head for the gallery: the one that gets farthest, or the one that is named."""

import json
from pathlib import Path

import pytest
import torch

from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.jobs.checkpoint import load_policy, save_policy
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings.config import Config
from kmyriad.stages import exhibit


def made(tmp_path: Path) -> Path:
    """A policy of three heads: the first and last stand still, the second pushes with all legs."""
    policy = MultiHeadPolicy(MujocoAnt.obs_dim, MujocoAnt.action_dim, 3, (4,), 4)
    policy.scale_means(0.0)
    with torch.no_grad():
        policy.output_bias[1, 0, : MujocoAnt.action_dim] = torch.tensor([3.0, -3.0] * 4)
    path = tmp_path / "policy.safetensors"
    save_policy(path, policy, {"settings": {}, "seed": 0, "env_steps": 10})
    return path


def taken(tmp_path: Path, head: object) -> tuple[MultiHeadPolicy, dict]:
    job = {"environment": {"name": "ant-empty"}, "horizon": 10, "head": head}
    out = tmp_path / "head.safetensors"
    exhibit.main(["--job", json.dumps(job), "--policy", str(made(tmp_path)), "--head", str(out)])
    return load_policy(out), json.loads(out.with_suffix(".json").read_text())


@pytest.mark.parametrize(("head", "expected"), [("farthest", 1), (2, 2)])
def test_the_head_that_is_taken(tmp_path: Path, head: object, expected: int) -> None:
    policy, facts = taken(tmp_path, head)
    assert facts["head"] == expected and policy.num_heads == 1
    assert (policy.output_bias[0, 0, 0] == 3.0) == (expected == 1)


def test_a_head_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        taken(tmp_path, 3)
    assert "head 3 does not exist" in f"{end.value}{capsys.readouterr().err}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Two Words"}, "should match pattern"),
        ({"head": "first"}, "gallery"),
    ],
)
def test_wrong_exhibits(change: dict, words: str) -> None:
    listed = {"name": "a", "environment": "ant-empty", "heads": 1, "seed": 1, **change}
    with pytest.raises(ValueError, match=words):
        Config.model_validate({"environments": ["ant-empty"], "gallery": [listed]})
