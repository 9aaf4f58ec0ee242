"""What was tried can be run again: every run has settings that hold, and the command prints its table."""

import subprocess
import sys

import pytest

from experiments.learning import RUNS, settings_of
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
