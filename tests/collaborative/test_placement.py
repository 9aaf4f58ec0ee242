"""On another device than the CPU: every tensor of an update is there, and no update waits for its answer.

There need be no GPU: torch's fake tensors have a device and shapes but no numbers, refuse to meet tensors on another device, and
cannot say whether a condition on numbers holds. Their device is one that torch lets programs add.
"""

import json
import subprocess
import sys

import pytest
import torch

from kmyriad.collaborative import CollaborativeTraining
from tests.collaborative.elsewhere import ON_STATES, SMALL

pytestmark = pytest.mark.xdist_group("placement")


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    """What went wrong with each check of tests/collaborative/elsewhere.py."""
    command = [sys.executable, "-m", "tests.collaborative.elsewhere"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    checked: dict[str, str] = json.loads(done.stdout)
    return checked


@pytest.mark.parametrize("arm", ON_STATES)
def test_an_update_is_on_one_device_and_waits_for_nothing(found: dict[str, str], arm: str) -> None:
    assert found[arm] == ""


def test_tasks_stay_on_the_cpu(found: dict[str, str]) -> None:
    assert found["tasks"] == ""


def test_what_waits_and_what_is_apart_is_found(found: dict[str, str]) -> None:
    assert found["waiting"].startswith("DataDependentOutputException")
    assert "at least two devices" in found["mixing"]


def test_a_gpu_that_is_not_there_is_named() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ValueError, match=r"^device 'cuda:0': PyTorch finds no CUDA GPU here; set the device to cpu"):
        CollaborativeTraining("maze", SMALL, [3], device="cuda:0")


def test_without_a_gpu_auto_is_the_cpu() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert CollaborativeTraining("maze", SMALL, [3], device="auto").device == torch.device("cpu")
