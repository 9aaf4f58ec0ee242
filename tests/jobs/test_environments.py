"""Environments of the stages: opened and closed, looked at, on the device that the settings say."""

import json
from pathlib import Path

import pytest
import torch

from kmyriad.envs import probe, registry
from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.jobs.environments import look_at, opened
from kmyriad.settings import EnvironmentSettings, PretrainJob, PretrainSettings
from kmyriad.stages import pretrain

NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="what happens without a GPU")


class Leaky:
    """A point that stands still, and says when it is closed that something was lost."""

    obs_dim, action_dim, feature_names, device = 2, 1, ("x", "y"), "cpu"
    closed: list[str] = []  # noqa: RUF012, what the test looks at

    def __init__(self, num_envs: int, **_: object) -> None:
        self.num_envs = num_envs

    def reset(self, seed: int | None = None) -> torch.Tensor:
        return torch.rand(self.num_envs, 2, generator=torch.Generator().manual_seed(seed or 0))

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        frozen = torch.zeros(self.num_envs, dtype=torch.bool)
        return torch.cat([actions, -actions], 1), torch.zeros(self.num_envs), {"frozen": frozen}

    def close(self) -> None:
        self.closed.append("closed")
        raise RuntimeError("17 contacts did not fit: raise nconmax")


@pytest.fixture
def leaky(monkeypatch: pytest.MonkeyPatch) -> EnvironmentSettings:
    Leaky.closed.clear()
    monkeypatch.setitem(registry._ENVIRONMENTS, "leaky", Leaky)
    return EnvironmentSettings(name="leaky")


def test_what_is_noticed_at_the_end_is_told(leaky: EnvironmentSettings) -> None:
    with pytest.raises(RuntimeError, match="17 contacts"), opened(leaky, 2, 0):
        pass


def test_the_first_error_is_the_one_that_is_told(leaky: EnvironmentSettings) -> None:
    with pytest.raises(KeyError, match="first"), opened(leaky, 2, 0):
        raise KeyError("first")
    assert Leaky.closed == ["closed"]


def test_nothing_is_saved_of_a_run_that_lost_contacts(leaky: EnvironmentSettings, tmp_path: Path) -> None:
    settings = PretrainSettings(envs=4, horizon=5, epochs=2, trunk=(4,), adapter=4)
    job = PretrainJob(environment=leaky, heads=1, seed=0, pretrain=settings)
    files = ["--policy", str(tmp_path / "policy.safetensors"), "--metrics", str(tmp_path / "metrics.csv")]
    with pytest.raises(SystemExit) as stop:
        pretrain.main(["--job", job.model_dump_json(), *files])
    assert str(stop.value) == "error: 17 contacts did not fit: raise nconmax"
    assert not (tmp_path / "policy.safetensors").exists()
    assert not (tmp_path / "metrics.csv").exists()


def test_settings_without_a_device_are_those_of_before() -> None:
    assert "device" not in json.loads(EnvironmentSettings(name="ant-empty").model_dump_json())
    assert json.loads(EnvironmentSettings(name="ant-empty", device="cpu").model_dump_json())["device"] == "cpu"


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_mujoco_runs_on_the_cpu(device: str) -> None:
    with opened(EnvironmentSettings(name="ant-empty", device=device), 2, 0) as env:
        assert env.device == "cpu"


@NO_GPU
def test_a_gpu_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="device 'cuda:1': PyTorch finds no CUDA GPU here; set the device to cpu"):
        look_at(EnvironmentSettings(name="ant-empty", device="cuda:1"))


def test_a_look_at_another_backend_is_mujoco_s() -> None:
    pytest.importorskip("mujoco_warp")
    ant = probe("ant-maze", "mujoco-warp", goal=(3.0, 0.0), nconmax=20)
    assert isinstance(ant, MujocoAnt)
    assert ant.task.goal == (3.0, 0.0)
    with pytest.raises(ValueError, match="threads is a setting of the backend mujoco|unknown setting"):
        probe("ant-maze", "mujoco-warp", thread=2)
