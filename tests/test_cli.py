"""The command `kmyriad`."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kmyriad.cli import main
from kmyriad.envs import register
from kmyriad.envs.gymnasium_adapter import GymnasiumEnv
from kmyriad.jobs.checkpoint import save_policy
from kmyriad.policies import MultiHeadPolicy


def refusal(*arguments: str) -> str:
    """Return the one line with which the command ends."""
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    message = str(caught.value)
    assert message.startswith("error: ") and "\n" not in message, message
    return message


def test_info(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "policy.safetensors"
    save_policy(path, MultiHeadPolicy(5, 2, 3, trunk=(7,), adapter=4), {"seed": 9})
    main(["info", str(path)])
    assert {"kind: policy", "heads: 3", "seed: 9"} <= set(capsys.readouterr().out.splitlines())


def test_info_of_nothing(tmp_path: Path) -> None:
    assert refusal("info", str(tmp_path / "nothing")) == f"error: there is no file {tmp_path}/nothing"


def test_check_env(capsys: pytest.CaptureFixture) -> None:
    main(["check-env", "ant-maze", "--envs", "2", "--settings", '{"goal": [1.0, 0.0]}'])
    shown = capsys.readouterr().out.splitlines()
    assert shown[:3] == ["62 features, 8 action components", "   0 x", "   1 y"]
    assert len(shown) == 64
    assert shown[-1] == "ok: 2 copies of ant-maze keep the protocol of kmyriad.envs.VecEnv"


class Forgetful(GymnasiumEnv):
    """One whose start does not follow from the seed."""

    def __init__(self, num_envs: int, *, backend: str, seed: int, device: str) -> None:
        super().__init__("Pendulum-v1", num_envs, seed, device)
        self.resets = 0

    def reset(self, seed: int | None = None) -> object:
        self.resets += 1
        return super().reset(self.resets)


def test_check_env_of_what_breaks_a_promise() -> None:
    register("forgetful", Forgetful)
    assert refusal("check-env", "forgetful").endswith(
        "observations must be the same after reset with the same seed and the same actions"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ant-maz"], "did you mean 'ant-maze'?"),
        (["ant-maze", "--backend", "mujoko"], "did you mean 'mujoco'?"),
        (["ant-maze", "--envs", "0"], "num_envs must be at least 1, got 0"),
        (["ant-maze", "--settings", '{"gaol": 1}'], "did you mean 'goal'?"),
    ],
)
def test_check_env_of_what_cannot_be_made(arguments: list[str], words: str) -> None:
    assert words in refusal("check-env", *arguments)


def test_help_answers_without_torch() -> None:
    script = "import sys, kmyriad.cli\ntry: kmyriad.cli.main(['--help'])\nfinally: print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "check-env" in found.stdout and found.stdout.endswith("False\n")


def test_installed_command_and_module_are_this_function() -> None:
    module, _, name = tomllib.loads(Path("pyproject.toml").read_text())["project"]["scripts"]["kmyriad"].partition(":")
    assert getattr(importlib.import_module(module), name) is main
    found = subprocess.run([sys.executable, "-m", "kmyriad", "info", "nothing"], capture_output=True, text=True)
    assert (found.returncode, found.stdout, found.stderr) == (1, "", "error: there is no file nothing\n")


@pytest.mark.slow(5)
def test_a_reader_that_has_seen_enough() -> None:
    command = f"{sys.executable} -m kmyriad check-env ant-empty | head -1"
    shown = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=120)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "62 features, 8 action components\n", "")
