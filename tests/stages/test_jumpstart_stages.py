"""From a policy of several heads to a fine-tuned one: goals, evaluation, selection, PPO."""

import json
from pathlib import Path

import pandas as pd
import pytest
import torch

from kmyriad.jobs.checkpoint import load_policy
from kmyriad.jobs.files import StageError
from kmyriad.stages import evaluate_heads, finetune, goals, initialise, select_head
from kmyriad.stages.goals import load_goal

NETWORK = {"trunk": [8], "adapter": 4}
PPO = {"envs": 4, "horizon": 12, "env_steps": 200, "value_hidden": [8], "warmup": 1, "minibatch_rows": 4}
EVALUATION = {"environment": "ant-empty", "goal": 1, "seed": 0, "envs": 4, "horizon": 12, "rollouts": 2, "threads": 1}
TUNING = {"environment": "ant-empty", "goal": 1, "seed": 0, "finetune": PPO, "checkpoint_seconds": 0, "threads": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run's folder with goals and a random policy of two heads."""
    folder = tmp_path / "ant-empty" / "random" / "goal1" / "seed0"
    job = {"environment": "ant-empty", "goals": [{"count": 2, "inner": 0.2, "outer": 3.0}]}
    goals.main(["--job", json.dumps(job), "--goals", str(folder / "goals.json")])
    job = {"environment": "ant-empty", "heads": 2, "seed": 3, "pretrain": NETWORK, "log_std_range": [-5, 2]}
    noises = tmp_path / "coverage.csv"
    noises.write_text("noise,acting,entropy\n0.5,sampled,1\n1.5,sampled,2\n2.5,sampled,1.5\n2.5,mean,9\n")
    paths = ["--noises", str(noises), "--policy", str(folder / "policy.safetensors")]
    initialise.main(["--job", json.dumps(job), *paths])
    return folder


def evaluate(folder: Path, job: dict = EVALUATION) -> None:
    paths = {"policy": "policy.safetensors", "goals": "goals.json", "table": "heads.csv"}
    evaluate_heads.main(["--job", json.dumps(job), *command(folder, paths)])


def select(folder: Path) -> None:
    paths = {"policy": "policy.safetensors", "table": "heads.csv", "actor": "actor.safetensors", "choice": "choice.json"}
    select_head.main(command(folder, paths))


def tune(folder: Path, job: dict = TUNING, name: str = "tuned") -> None:
    paths = {"actor": "actor.safetensors", "goals": "goals.json", "policy": f"{name}.safetensors", "metrics": f"{name}.csv"}
    finetune.main(["--job", json.dumps(job), *command(folder, paths)])


def command(folder: Path, paths: dict[str, str]) -> list[str]:
    return [word for option, file in paths.items() for word in (f"--{option}", str(folder / file))]


def test_random_heads_start_at_the_noise_with_most_entropy(folder: Path) -> None:
    _, log_std = load_policy(folder / "policy.safetensors")(torch.randn(4, 62))
    torch.testing.assert_close(log_std.exp(), torch.full_like(log_std, 1.5))
    assert json.loads((folder / "policy.json").read_text())["noise"] == 1.5


def test_from_heads_to_a_fine_tuned_policy(folder: Path) -> None:
    evaluate(folder)
    table = pd.read_csv(folder / "heads.csv")
    assert list(table["head"]) == [0, 1]
    assert list(table["environments"]) == [4, 4], "two rollouts of two environments a head"
    # From the start to the goal and at most 12 control steps of 0.73 m nearer.
    distance = torch.tensor(load_goal(folder / "goals.json", 1)).norm().item()
    assert (table["closest_approach"] <= distance + 0.01).all()
    select(folder)
    choice = json.loads((folder / "choice.json").read_text())
    assert choice["closest_approach"] == table["closest_approach"][choice["head"]]
    obs = torch.randn(4, 62)
    chosen = load_policy(folder / "policy.safetensors").select_head(choice["head"])
    assert torch.equal(load_policy(folder / "actor.safetensors")(obs)[0], chosen(obs)[0])
    tune(folder)
    metrics = pd.read_csv(folder / "tuned.csv")
    # 200 steps at 48 a rollout: 5 rollouts, the last of which passes 200.
    assert list(metrics["env_steps"]) == [48, 96, 144, 192, 240]
    assert load_policy(folder / "tuned.safetensors").num_heads == 1


def test_interrupted_fine_tuning_gives_the_same_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate(folder)
    select(folder)
    tune(folder)
    run_epoch = finetune.PPO.run_epoch

    def dies_in_the_third(training: finetune.PPO) -> object:
        if training.next_epoch == 2:
            raise RuntimeError("killed")
        return run_epoch(training)

    monkeypatch.setattr(finetune.PPO, "run_epoch", dies_in_the_third)
    with pytest.raises(SystemExit, match="killed"):
        tune(folder, name="again")
    monkeypatch.setattr(finetune.PPO, "run_epoch", run_epoch)
    tune(folder, name="again")
    assert (folder / "again.safetensors").read_bytes() == (folder / "tuned.safetensors").read_bytes()
    first, second = (pd.read_csv(folder / f"{name}.csv") for name in ("tuned", "again"))
    timed = ["seconds_rollout", "seconds_update"]
    pd.testing.assert_frame_equal(first.drop(columns=timed), second.drop(columns=timed))
    assert not list(folder.glob(".state-*"))


def test_goals_of_an_environment_with_its_own_reward(tmp_path: Path) -> None:
    path = tmp_path / "goals.json"
    goals.main(["--job", '{"environment": "gymnasium:Pendulum-v1", "goals": [{}]}', "--goals", str(path)])
    assert json.loads(path.read_text()) == [None]
    assert load_goal(path, 0) is None


def test_unknown_goal(folder: Path) -> None:
    with pytest.raises(StageError, match=r"goal 7 does not exist: .* has goals 0 \.\. 1"):
        load_goal(folder / "goals.json", 7)


def test_annulus_without_free_space(tmp_path: Path) -> None:
    job = {"environment": "ant-empty", "goals": [{"count": 2, "inner": 0.0, "outer": 0.1}]}
    with pytest.raises(SystemExit, match="free space for 1 of 2 goals"):
        goals.main(["--job", json.dumps(job), "--goals", str(tmp_path / "goals.json")])


def test_evaluation_of_another_policy_is_refused(folder: Path) -> None:
    evaluate(folder)
    table = pd.read_csv(folder / "heads.csv")
    table.iloc[:1].to_csv(folder / "heads.csv", index=False)
    with pytest.raises(SystemExit, match="evaluates 1 heads, .* has 2"):
        select(folder)


def test_missing_input_gives_one_line(folder: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: .*No such file or directory: .*heads\.csv"):
        select(folder)
