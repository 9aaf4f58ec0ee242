"""What MuJoCo Warp says to limits that are too small, settings of another backend, and machines that lack something."""

import importlib.util
import re

import mujoco
import pytest
import torch

from kmyriad.envs import make
from kmyriad.envs.ant.model import build_spec
from kmyriad.envs.ant.terrains import empty
from kmyriad.envs.warp_backend import NCONMAX, NJMAX

if importlib.util.find_spec("mujoco_warp") is None:
    pytest.skip("mujoco_warp is not installed (extra gpu)", allow_module_level=True)

import mujoco_warp
import warp as wp

from kmyriad.envs import warp_device
from kmyriad.envs.warp_pool import put_model

ANTS = 3


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"nconmax": 1}, "in 3 of 3 copies.* more than nconmax = 1 contacts a copy.*raise it, e.g. nconmax: 2"),
        ({"njmax": 3}, "in [1-3] of 3 copies.* more than njmax = 3 constraints in a copy; raise it, e.g. njmax: 6"),
    ],
)
@pytest.mark.parametrize("end", ["reset", "close"])
def test_an_overflow_is_reported(limits: dict[str, int], message: str, end: str, capfd) -> None:
    # Falling from the start, the ants land on all four feet within 10 control steps.
    env = make("ant-empty", ANTS, "mujoco-warp", **limits)
    for _ in range(10):
        env.step(torch.zeros(ANTS, 8))
    with pytest.raises(RuntimeError, match=message):
        getattr(env, end)()
    env.reset()  # it has been reported
    assert "overflow" not in capfd.readouterr().out, "Warp must not print for each step what is reported here"


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("ant-empty", {"threads": 1}, "threads is a setting of the backend mujoco, and mujoco-warp is chosen; leave it out"),
        ("ant-empty", {"device": "gpu"}, "unknown device 'gpu' of the backend mujoco-warp (choices: cpu, cuda, cuda:<index>)"),
        ("pointmaze-umaze", {}, "unknown backend 'mujoco-warp'; did you mean 'mujoco'? (choices: mujoco)"),
        ("gymnasium:Pendulum-v1", {}, "unknown backend 'mujoco-warp'; did you mean 'mujoco'? (choices: mujoco)"),
        ("mjcf:robot.xml", {}, "unknown backend 'mujoco-warp'; did you mean 'mujoco'? (choices: mujoco)"),
        ("gridworld:room-det", {}, "unknown backend 'mujoco-warp'; did you mean 'mujoco'? (choices: mujoco)"),
    ],
)
def test_wrong_settings(name: str, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make(name, 2, "mujoco-warp", **settings)


def test_its_own_settings_belong_to_no_other_backend() -> None:
    with pytest.raises(ValueError, match="^njmax is a setting of the backend mujoco-warp, and mujoco is chosen; leave it out$"):
        make("ant-empty", 2, njmax=96)


def test_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "mujoco_warp" else object())
    expected = "the simulator 'mujoco_warp' is not installed; run: pip install mujoco-warp==3.17.0 warp-lang==1.19.0"
    with pytest.raises(ModuleNotFoundError, match=f"^{expected}$"):
        make("ant-empty", 2, "mujoco-warp")


@pytest.mark.parametrize(
    ("torch_sees", "warp_sees", "message"),
    [
        (0, False, "device 'cuda:1': PyTorch finds no CUDA GPU here; set the device to cpu, or use a machine with one"),
        (1, True, "device 'cuda:1': there are 1 CUDA GPUs here, counted from 0"),
        (2, False, "device 'cuda:1': PyTorch finds a CUDA GPU, but Warp [0-9.]+ cannot use it; update its driver"),
    ],
)
def test_a_missing_gpu(torch_sees: int, warp_sees: bool, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: torch_sees > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: torch_sees)
    monkeypatch.setattr(wp, "is_cuda_available", lambda: warp_sees)
    with pytest.raises(ValueError, match=f"^{message}$"):
        make("ant-empty", 2, "mujoco-warp", device="cuda:1")


def test_more_ants_than_memory_are_refused_before_anything_is_allocated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warp_device, "free_bytes", lambda _: 2**30)
    monkeypatch.setattr(mujoco_warp, "put_model", None)
    each = warp_device.world_bytes(build_spec(empty()).compile(), 5, NCONMAX, NJMAX)
    message = (
        rf"^1000000 copies need {each * 1e6 / 2**30:.1f} GiB of memory on cpu \(2\d\d kB each at nconmax 48, njmax 96\), "
        rf"1.0 GiB are free; take at most {2**30 // each} copies$"
    )
    with pytest.raises(ValueError, match=message):
        make("ant-empty", 1_000_000, "mujoco-warp")


def test_a_model_beyond_warp_is_named_with_what_it_has() -> None:
    spec = build_spec(empty())
    spec.option.solver = mujoco.mjtSolver.mjSOL_PGS
    expected = "the model 'ant-empty' cannot run on the backend mujoco-warp: mjSOL_PGS is unsupported."
    with pytest.raises(NotImplementedError, match=f"^{re.escape(expected)}$"):
        put_model(spec.compile())
