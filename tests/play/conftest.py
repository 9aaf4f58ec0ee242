"""Policies of every kind, untrained, as the stages would have written them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kmyriad.jobs.checkpoint import save_policy
from kmyriad.policies import MultiHeadPolicy

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a policy of some heads for an environment; its weights are large enough to move."""

    def write(
        name: str = "policy", heads: int = 3, environment: object = "ant-empty", dims: tuple[int, int] = (62, 8), **facts: object
    ) -> Path:
        path = tmp_path / f"{name}.safetensors"
        policy = MultiHeadPolicy(*dims, heads, trunk=(8,), adapter=4, seed=1)
        policy.scale_means(5.0)
        settings = {"environment": {"name": environment, "label": "here"}} if isinstance(environment, str) else environment
        save_policy(path, policy, {"settings": settings, "git_commit": "0123456789abcdef"} | facts)
        return path

    return write


@pytest.fixture
def ppo(write: Write, tmp_path: Path) -> Path:
    """An actor after PPO in the tree of its results, trained for the second of two goals, (2, 1)."""
    settings = {"environment": {"name": "ant-empty", "label": "here"}, "goal": 1, "finetune": {}}
    folder = tmp_path / "results/checkpoints/finetune/here/heads1/goal1/seed0"
    folder.mkdir(parents=True)
    (tmp_path / "results/goals").mkdir()
    (tmp_path / "results/goals/here.json").write_text(json.dumps([[-3.0, 0.0], [2.0, 1.0]]))
    written = write("ppo", 1, settings)
    for suffix in (".safetensors", ".json"):
        written.with_suffix(suffix).rename(folder / f"policy{suffix}")
    return folder / "policy.safetensors"
