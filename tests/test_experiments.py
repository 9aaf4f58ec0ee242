"""What was tried can be run again: every run has settings that hold, and the command prints its table."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from experiments import a2c, finetuning
from experiments.learning import RUNS, settings_of
from experiments.steering import HORIZON, agreement, reached, walked
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


@pytest.fixture
def still(tmp_path: Path) -> Path:
    """Return a checkpoint of one head whose mean action is no torque."""
    policy = MultiHeadPolicy(62, 8, 1, trunk=(8,), adapter=4)
    policy.scale_means(0.0)
    save_policy(tmp_path / "p.safetensors", policy, {})
    return tmp_path / "p.safetensors"


def test_directions_that_agree_and_that_do_not() -> None:
    assert agreement(torch.tensor([[1.0, 0.0], [5.0, 0.0]])) == pytest.approx(1)
    assert agreement(torch.tensor([[1.0, 0.0], [-5.0, 0.0]])) == pytest.approx(0)
    assert agreement(torch.tensor([[3.0, 0.0], [0.0, 7.0]])) == pytest.approx(math.sqrt(0.5))


def test_which_goals_a_straight_walk_passes() -> None:
    """Along x to 10 m: of a circle of 6 m what is within 1 m of the x axis, asin(1/6) = 9.6 degrees to each side."""
    east = torch.stack([torch.arange(0, 10, 0.1), torch.zeros(100)], 1)
    hits = reached(torch.stack([east, -east], 1), 6.0)
    degrees = torch.arange(72) * 5
    passed = (degrees <= 9) | (degrees >= 351) | ((degrees - 180).abs() <= 9)
    assert hits.tolist() == torch.where(passed, 0.5, 0.0).tolist()


def test_noise_is_scaled() -> None:
    env, policy = make("ant-empty", 3, threads=1), MultiHeadPolicy(62, 8, 1, trunk=(8,), adapter=4)
    policy.set_std(0.4)
    path, std = walked(env, policy, 0.5, seed=1)
    assert path.shape == (HORIZON, 3, 2) and std == pytest.approx(0.2)
    alike, none = walked(env, policy, 0.0, seed=1)
    assert none == 0 and torch.allclose(alike[:20, 0], alike[:20, 1], atol=1e-3)
    assert not torch.allclose(path[:20, 0], path[:20, 1], atol=1e-3)


def test_steering_prints_a_row_a_scale(still: Path) -> None:
    command = [sys.executable, "-m", "experiments.steering", str(still), "--scales", "1", "0.1"]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["scale", "1.00", "0.10"]
    assert float(lines[2].split()[3]) < float(lines[1].split()[3]) < 6
    missing = subprocess.run([*command[:3], str(still.parent / "none")], capture_output=True, text=True)
    assert missing.returncode == 1 and missing.stderr.startswith("error: there is no checkpoint at")


def test_one_head_dealt_to_many_diverges_from_itself(still: Path) -> None:
    """The estimator's bias, which grows with the number of blocks: the divergence itself is 0."""
    command = [sys.executable, "-m", "experiments.divergence_by_chance", str(still), "--blocks", "2", "50"]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    (few, of_few, small, dealt), (many, of_many, large, dealt_to_many) = (map(float, line.split()) for line in lines[1:])
    assert (few, of_few, many, of_many) == (2, 100, 50, 4)
    assert 0.2 < small < large - 0.5
    assert small == pytest.approx(dealt, abs=0.15) and large == pytest.approx(dealt_to_many, abs=0.15)


@pytest.mark.parametrize("name", finetuning.RUNS)
def test_every_fine_tuning_can_be_had(name: str) -> None:
    training = finetuning.prepared(name, seed=7)
    assert training.settings == finetuning.settings_of(name)[3]
    assert 4 <= math.hypot(*training.env.task.goal) <= 8


def test_an_unknown_fine_tuning() -> None:
    with pytest.raises(ValueError, match="unknown run 'many_step'; did you mean 'many_steps'"):
        finetuning.settings_of("many_step")


@pytest.mark.slow(19)
def test_the_command_prints_what_ppo_learns() -> None:
    command = [sys.executable, "-m", "experiments.finetuning", "many_steps", "--updates", "1"]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    assert lines[0].split() == ["samples/M", "success", "return", "KL", "entropy", "EV", "s"]
    numbers = [float(cell) for cell in lines[1].split()]
    # 50 ants, 100 steps; the first rollout trains the value network alone.
    assert numbers[0] == pytest.approx(0.005, abs=0.006) and 0 <= numbers[1] <= 1 and numbers[3] == 0


@pytest.mark.slow(6)
def test_every_variant_of_a2c_learns_and_differs() -> None:
    states = {}
    for name, variant in a2c.VARIANTS.items():
        training = a2c.Varied(variant, (0,), 400)
        for _ in range(3):  # 120 steps, of which the first 80 are random
            training.run_epoch()
        assert training.updates == 2
        states[name] = training.learner.state_dict()
        assert all(bool(value.isfinite().all()) for value in states[name].values()), name
    assert len({bytes(state["actor.weights.1"].numpy()) for state in states.values()}) == len(states)


@pytest.mark.slow(8)
def test_the_command_prints_what_a2c_returns() -> None:
    command = [sys.executable, "-m", "experiments.a2c", "ours", "--seeds", "3", "4", "--actions", "400"]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["seed", "3", "4"]
    assert all(0 <= float(line.split()[1]) < 300 for line in lines[1:])
    wrong = subprocess.run([*command[:3], "our"], capture_output=True, text=True)
    assert wrong.returncode == 1 and wrong.stderr.startswith("error: unknown variant 'our'; did you mean 'ours'")
