"""A run that fails leaves the offending states in a file that its one line names."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from kmyriad.envs import register
from kmyriad.jobs.info import info
from kmyriad.jobs.state import JobState
from kmyriad.settings import FinetuneJob, PretrainJob
from kmyriad.stages import finetune, initialise, pretrain

NETWORK = {"trunk": [8], "adapter": 4}
SETTINGS = {"envs": 6, "horizon": 5, "epochs": 4, "k": 2, "checkpoint_seconds": 0, **NETWORK, "on_failure": "stop"}
JOB = {"environment": "failing", "heads": 2, "seed": 3, "pretrain": SETTINGS}
PPO = {"envs": 6, "horizon": 5, "env_steps": 120, "value_hidden": [8], "warmup": 0, "minibatch_rows": 1}


class Failing:
    """Points that move as their actions say; from the third episode on number 4 fails at once, and its reward is NaN."""

    device = "cpu"
    obs_dim, action_dim, feature_names = 2, 2, ("x", "y")

    def __init__(self, num_envs: int, *, backend: str, seed: int, device: str, freezes: bool = True) -> None:
        self.num_envs, self.freezes, self.episodes = num_envs, freezes, 0

    def reset(self, seed: int | None = None) -> torch.Tensor:
        self.episodes += 1
        self.at = torch.zeros(self.num_envs, 2)
        return self.at

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        failed = (torch.arange(self.num_envs) == 4) & (self.episodes > 2)
        self.at = self.at + actions
        return self.at, torch.where(failed, torch.nan, 1.0), {"frozen": failed & self.freezes}

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _failing() -> None:
    register("failing", Failing)


def train(folder: Path, job: dict = JOB) -> str:
    """Run the job until it fails and return its line."""
    paths = ["--policy", str(folder / "policy.safetensors"), "--metrics", str(folder / "metrics.csv")]
    with pytest.raises(SystemExit) as caught:
        pretrain.main(["--job", json.dumps(job), *paths])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_pretraining_that_stops_says_where_its_states_are(tmp_path: Path) -> None:
    state = JobState.of(PretrainJob.model_validate(JOB), tmp_path)
    line = train(tmp_path)
    assert line.startswith("error: on_failure is 'stop' and 1 of 6 environments failed in the simulation in epoch 2 (seed 3); ")
    assert line.endswith(f"the offending states are in {state.failure} (kmyriad info shows more)")
    with safe_open(state.failure, "pt") as file:
        facts = json.loads(file.metadata()["failure"])
        u, obs = file.get_tensor("u"), file.get_tensor("obs")
        assert file.get_tensor("environments").tolist() == [4]
    assert (facts["seed"], facts["epoch"], facts["offending"], facts["job"]["heads"]) == (3, 2, 1, 2)
    # The states follow from the actions: x' = x + tanh(u).
    torch.testing.assert_close(obs[1:, 0], u[:, 0].tanh().cumsum(0))


def test_stopped_job_keeps_its_state_and_can_go_on(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    train(tmp_path)
    state = JobState.of(PretrainJob.model_validate(JOB), tmp_path)
    assert len(state.load()[1]) == 2, "the two epochs before the failure"
    shown = info(state.failure)
    assert shown.splitlines()[0] == "kind: states that stopped a job"
    assert {"epoch: 2", "seed: 3", "tensors.obs: [6, 1, 2]", "job.pretrain.on_failure: stop"} <= set(shown.splitlines())
    # This process's environment starts to count anew, so the job, run again, gets to its end.
    pretrain.main(
        ["--job", json.dumps(JOB), "--policy", str(tmp_path / "p.safetensors"), "--metrics", str(tmp_path / "metrics.csv")]
    )
    assert "going on from" in capsys.readouterr().err
    assert state.failure.exists(), "what was seen once is not thrown away"
    assert not state.path.exists()


def test_frozen_environments_stop_no_run_by_default(tmp_path: Path) -> None:
    job = {**JOB, "pretrain": {**SETTINGS, "on_failure": "freeze"}}
    paths = ["--policy", str(tmp_path / "policy.safetensors"), "--metrics", str(tmp_path / "metrics.csv")]
    pretrain.main(["--job", json.dumps(job), *paths])
    assert [line.split(",")[6] for line in (tmp_path / "metrics.csv").read_text().splitlines()] == [
        "frozen_envs",
        "0",
        "0",
        "1",
        "1",
    ]
    assert not list(tmp_path.glob("failure-*"))


def test_states_that_cannot_be_written_do_not_hide_the_failure(tmp_path: Path) -> None:
    JobState.of(PretrainJob.model_validate(JOB), tmp_path).failure.mkdir()
    line = train(tmp_path)
    assert "1 of 6 environments failed" in line and "its states could not be kept (cannot write" in line


def test_fine_tuning_with_a_loss_that_is_not_finite(tmp_path: Path) -> None:
    actor, goals = tmp_path / "actor.safetensors", tmp_path / "goals.json"
    environment = {"name": "failing", "settings": {"freezes": False}}
    start = {"environment": environment, "heads": 1, "seed": 0, "pretrain": NETWORK, "log_std_range": [-5, 2]}
    noises = tmp_path / "noises.csv"
    noises.write_text("noise,acting,entropy\n0.5,sampled,1\n")
    initialise.main(["--job", json.dumps(start), "--noises", str(noises), "--policy", str(actor)])
    goals.write_text("[null]")
    job = {"environment": environment, "goal": 0, "seed": 5, "finetune": PPO, "checkpoint_seconds": 0, "threads": 1}
    paths = {"actor": actor, "goals": goals, "policy": tmp_path / "tuned.safetensors", "metrics": tmp_path / "tuned.csv"}
    with pytest.raises(
        SystemExit, match=r"the loss is nan .* in epoch 2 \(seed 5\); the last saved state is kept; the offending states are in"
    ):
        finetune.main(["--job", json.dumps(job), *(word for name, path in paths.items() for word in (f"--{name}", str(path)))])
    with safe_open(JobState.of(FinetuneJob.model_validate(job), tmp_path, actor, goals).failure, "pt") as file:
        assert file.get_tensor("environments").tolist() == [4]
        assert file.get_tensor("reward").isnan().all()
