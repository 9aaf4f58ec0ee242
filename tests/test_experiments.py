"""What was tried can be run again: every run has settings that hold, and the command prints its table."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from experiments.learning import RUNS, settings_of
from kmyriad.envs import make
from kmyriad.jobs.checkpoint import save_policy
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings.pretrain import check_run


@pytest.mark.parametrize("name", RUNS)
def test_every_run_can_be_had(name: str) -> None:
    environment, heads, settings = settings_of(name)
    assert environment == "ant-empty"
    assert settings.update == "trust-region"
    check_run(settings, heads, name, "heads")


def test_a_run_changes_what_it_says_of_the_one_it_starts_from() -> None:
    _, _, quiet = settings_of("quiet")
    _, heads, grown = settings_of("ten_grown")
    assert (heads, grown.grow, grown.clipped.gamma) == (10, {0: 1, 100: 10}, 0.97)
    assert (quiet.clipped.gamma, grown.clipped.value_hidden) == (0.99, quiet.clipped.value_hidden)


def test_an_unknown_run() -> None:
    with pytest.raises(ValueError, match="unknown run 'quite'; did you mean 'quiet'"):
        settings_of("quite")


@pytest.mark.slow(19)
def test_the_command_prints_what_the_policy_can_do() -> None:
    command = [sys.executable, "-m", "experiments.learning", "quiet", "--epochs", "1"]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    assert lines[0].split() == ["samples/M", "H", "std", "sampled/m", "mean/m", "KL"]
    numbers = [float(cell) for cell in lines[-1].split()]
    # 5000 samples; the std of the start; a mean action of random weights goes nowhere.
    assert numbers[0] == pytest.approx(0.005, abs=0.006)
    assert numbers[2] == pytest.approx(0.6, abs=0.05)
    assert numbers[4] < 0.5


def test_finer_physics_prints_a_row_a_step(tmp_path: Path) -> None:
    policy = MultiHeadPolicy(62, 8, 2, trunk=(8,), adapter=4)
    policy.scale_means(0.0)
    save_policy(tmp_path / "p.safetensors", policy, {})
    command = [sys.executable, "-m", "experiments.finer_physics", str(tmp_path / "p.safetensors"), "--substeps", "1", "2"]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["step/s", "1/60", "1/120"]
    # The mean action is no torque: the ant goes nowhere. The torso stays at about half a metre.
    assert float(lines[1].split()[4]) < 0.2
    assert 0.2 < float(lines[1].split()[6]) < 0.8
    missing = subprocess.run([*command[:3], str(tmp_path / "none")], capture_output=True, text=True)
    assert missing.returncode == 1 and missing.stderr.startswith("error: there is no checkpoint at")


def test_finer_steps_are_the_same_time() -> None:
    coarse, fine = (make("ant-empty", 1, substeps=substeps) for substeps in (1, 4))
    assert coarse.model.opt.timestep == 4 * fine.model.opt.timestep
    for env in (coarse, fine):
        env.step(torch.zeros(1, 8))
        assert env.sim.current[0, 0] == pytest.approx(1 / 12)
