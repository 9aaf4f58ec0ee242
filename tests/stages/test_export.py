"""An exported head acts like the head, wherever it runs; its file says where it comes from."""

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from kmyriad.jobs.checkpoint import save_policy
from kmyriad.policies import MultiHeadPolicy
from kmyriad.stages import export

# One worker: what they look at is exported once.
pytestmark = [pytest.mark.slow(5), pytest.mark.xdist_group("export")]

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")
OBS, ACTIONS, HEADS = 7, 3, 4


@pytest.fixture(scope="module")
def policy() -> MultiHeadPolicy:
    policy = MultiHeadPolicy(OBS, ACTIONS, HEADS, trunk=(16, 8), adapter=6, seed=2, standardise=True)
    policy.standardiser.update(torch.randn(50, OBS) * 3 + 1)  # statistics are part of what is exported
    return policy


@pytest.fixture
def saved(tmp_path: Path, policy: MultiHeadPolicy) -> Path:
    path = tmp_path / "policy.safetensors"
    save_policy(path, policy, {})
    return path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, policy: MultiHeadPolicy) -> Path:
    """Head 2 as ONNX, beside its policy."""
    folder = tmp_path_factory.mktemp("exported")
    save_policy(folder / "policy.safetensors", policy, {})
    export.main(["--policy", str(folder / "policy.safetensors"), "--onnx", str(folder / "head.onnx"), "--head", "2"])
    return folder / "head.onnx"


def run(path: Path, obs: torch.Tensor) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(path)
    assert [entry.name for entry in session.get_inputs()] == ["obs"]
    return session.run(["action", "mean", "std"], {"obs": obs.numpy()})


def refused(saved: Path, message: str, *options: str) -> None:
    target = saved.with_suffix(".onnx")
    with pytest.raises(SystemExit, match=message) as error:
        export.main(["--policy", str(saved), "--onnx", str(target), *options])
    assert "\n" not in str(error.value)
    assert not target.exists()


def test_equal_to_torch_for_any_batch(exported: Path, policy: MultiHeadPolicy) -> None:
    for batch in (1, 2, 33):
        obs = torch.randn(batch, OBS, generator=torch.Generator().manual_seed(batch))
        mean, log_std = (each.detach() for each in policy.select_head(2)(obs))
        for found, expected in zip(run(exported, obs), (mean.tanh(), mean, log_std.exp()), strict=True):
            np.testing.assert_allclose(found, expected.numpy(), rtol=1e-6, atol=1e-6)


def test_by_hand(tmp_path: Path) -> None:
    # relu([1, 2] x) summed, times 0.5 for the mean; raw = 0, the middle of -5 .. 2: std = exp(-1.5).
    policy = MultiHeadPolicy(2, 1, 1, trunk=(1,), adapter=1)
    for name, value in policy.named_parameters():
        value.data.zero_() if "bias" in name else value.data.fill_(1.0)
    policy.trunk[0].weight.data = torch.tensor([[1.0, 2.0]])
    policy.output_weight.data = torch.tensor([[[0.5, 0.0]]])
    save_policy(tmp_path / "actor.safetensors", policy, {})
    export.main(["--policy", str(tmp_path / "actor.safetensors"), "--onnx", str(tmp_path / "actor.onnx")])
    action, mean, std = run(tmp_path / "actor.onnx", torch.tensor([[1.0, 0.5], [-3.0, 1.0]]))
    np.testing.assert_allclose(mean, [[1.0], [0.0]], atol=1e-6)
    np.testing.assert_allclose(action, [[np.tanh(1.0)], [0.0]], atol=1e-6)
    np.testing.assert_allclose(std, np.full((2, 1), np.exp(-1.5)), atol=1e-6)


def test_metadata(exported: Path) -> None:
    source = exported.with_name("policy.safetensors")
    found = onnxruntime.InferenceSession(exported).get_modelmeta().custom_metadata_map
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    assert found == {"obs_dim": "7", "action_dim": "3", "head": "2", "source": str(source), "sha256": digest}


def test_quiet(saved: Path) -> None:
    # In a process of its own, where warnings are shown and torch's loggers write.
    command = [sys.executable, "-m", "kmyriad.stages.export", "--head", "1"]
    paths = ["--policy", str(saved), "--onnx", str(saved.with_suffix(".onnx"))]
    done = subprocess.run([*command, *paths], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("head", ["4", "-1"])
def test_unknown_head(saved: Path, head: str) -> None:
    refused(saved, rf"^error: head {head} does not exist: .*policy\.safetensors has heads 0 \.\. 3$", "--head", head)


def test_several_heads_and_none_named(saved: Path) -> None:
    refused(saved, r"^error: .*policy\.safetensors has 4 heads: say which with --head, 0 \.\. 3$")


def test_missing(saved: Path) -> None:
    refused(saved.with_name("other.safetensors"), "^error: there is no checkpoint at .*other.safetensors")


def test_truncated(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:-5])
    refused(saved, "^error: .* is truncated or was changed", "--head", "0")


def test_without_the_exporter(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "find_spec", lambda name: None if name == "onnxscript" else importlib.util.find_spec(name))
    refused(
        saved, "^error: 'onnxscript' is not installed, which ONNX files need; run: pip install onnx onnxscript$", "--head", "0"
    )
