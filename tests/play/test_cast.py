"""Who plays where, and what every option changes, without drawing."""

from pathlib import Path

import numpy as np
import pytest

from kmyriad.jobs.files import StageError
from kmyriad.jobs.teams import save_team
from kmyriad.play.cast import Cast, Request, assemble
from kmyriad.play.episode import episode, horizon
from kmyriad.play.policy_file import PolicyFile
from kmyriad.policies import MultiHeadPolicy
from kmyriad.settings import PretrainSettings
from kmyriad.settings.side_by_side import SideTask, SideTrainJob
from kmyriad.side_by_side import Team
from kmyriad.stages.take_head import take_head
from tests.play.conftest import Write


def cast(*paths: Path, **options: object) -> Cast:
    return assemble(Request(paths, **options))


def states(*paths: Path, actions: int = 3, **options: object) -> np.ndarray:
    """Return the states of a short episode, [1 + 5 * actions, n, nstate]."""
    return np.concatenate(list(episode(cast(*paths, **options), actions)))


def test_all_heads_act_each_by_itself(write: Write) -> None:
    path = write()
    together = states(path)
    assert together.shape == (16, 3, 30)
    np.testing.assert_allclose(together[:, 0, 0], np.arange(16) / 60, atol=1e-12)
    # Head 2 alone goes where it goes among the others.
    np.testing.assert_array_equal(states(path, heads=[2])[:, 0], together[:, 2])
    assert not np.array_equal(together[-1, 0], together[-1, 1])


def test_more_heads_than_ten_are_shown_when_asked_for(write: Write) -> None:
    path = write(heads=12)
    assert cast(path).names == [str(head) for head in range(10)]
    assert cast(path, heads=[11, 3]).names == ["11", "3"]


def test_a_head_that_was_taken_plays_as_it_did(write: Write, tmp_path: Path) -> None:
    path, taken = write(), tmp_path / "actor.safetensors"
    take_head(path, 1, taken)
    np.testing.assert_array_equal(states(taken), states(path, heads=[1]))
    # git's commit is that which took the head, where none is said to have trained it.
    assert cast(taken).about.startswith(f"{taken}: head 1 of a policy, ant-empty, git ")


def test_several_files_stand_side_by_side(write: Write, tmp_path: Path) -> None:
    path, taken = write(), tmp_path / "actor.safetensors"
    take_head(path, 0, taken)
    both = cast(taken, path)
    assert both.names == ["actor", "policy 0", "policy 1", "policy 2"]
    assert both.about.count("git ") == 2 and str(taken) in both.about


def test_sampled_actions_differ_from_the_mean_and_follow_from_the_seed(write: Write) -> None:
    path = write()
    mean, sampled = states(path), states(path, sampled=True)
    assert not np.array_equal(mean, sampled)
    np.testing.assert_array_equal(sampled, states(path, sampled=True))
    np.testing.assert_array_equal(mean, states(path))
    assert not np.array_equal(sampled, states(path, sampled=True, seed=1))
    assert (cast(path).about[-12:], cast(path, sampled=True).about[-15:]) == ("mean actions", "sampled actions")


def test_another_terrain(write: Write) -> None:
    path = write()
    for name in ("cave", "ant-cave"):
        elsewhere = cast(path, terrain=name)
        assert elsewhere.simulation.terrain.name == "cave"
        assert "ant-cave (trained in ant-empty)" in elsewhere.about
    assert cast(path).simulation.terrain.name == "empty"


def test_a_goal_is_observed(write: Write) -> None:
    path = write()
    without, ahead = (cast(path, goal=goal).simulation.reset()[0] for goal in (None, (0.0, 5.0)))
    assert not np.array_equal(without, ahead)
    assert "goal 0,5 m" in cast(path, goal=(0.0, 5.0)).about


def test_a_ppo_actor_has_the_goal_that_it_was_trained_for(ppo: Path) -> None:
    assert cast(ppo).about == f"{ppo}: PPO actor, ant-empty, git 0123456789; goal 2,1 m, mean actions"
    assert cast(ppo, goal=(1.0, -1.5)).goal == (1.0, -1.5)
    (ppo.parents[6] / "goals/here.json").unlink()
    assert cast(ppo).goal is None


def test_a_goal_in_the_sidecar_comes_first(write: Write) -> None:
    assert cast(write(heads=1, goal=[1.0, 2.0], trained_commit="fedcba9876543210")).goal == (1.0, 2.0)


def test_settings_of_another_backend_are_left_out(write: Write) -> None:
    environment = {"name": "ant-empty", "label": "here", "backend": "mujoco-warp", "settings": {"njmax": 40, "max_speed": 0.5}}
    # Falling takes 0.05 s to get to 0.5 m/s, so the ants fail in the first action, and stay where they were.
    found = states(write(environment={"environment": environment}))
    assert (found == found[0]).all()


@pytest.mark.parametrize(
    ("environment", "dims", "seconds"),
    [
        ("pointmaze-ring", (4, 2), 0.1),
        ("gymnasium:Swimmer-v5", (8, 2), 0.04),
        ("mjcf:examples/rover/rover.xml", None, None),
    ],
)
def test_other_robots(write: Write, environment: str, dims: tuple[int, int] | None, seconds: float | None) -> None:
    if dims is None:
        from kmyriad.envs import make

        env = make(environment, 1)
        dims, seconds = (env.obs_dim, env.action_dim), env.decimation * env.model.opt.timestep
    path = write("policy", 2, environment, dims)
    assert cast(path).simulation.seconds == pytest.approx(seconds)
    found = states(path, sampled=True)
    assert found.shape[1] == 2 and not np.array_equal(found[0], found[-1]), "something moves"


def test_seconds_become_actions(write: Write) -> None:
    playing = cast(write())
    # 12 actions a second
    assert [horizon(playing, seconds) for seconds in (None, 1.0, 0.01)] == [120, 12, 1]


def test_kinds(write: Write, ppo: Path) -> None:
    assert PolicyFile.read(write()).kind == "multi-head policy"
    assert PolicyFile.read(write(heads=1)).kind == "policy of one head"
    assert PolicyFile.read(ppo).kind == "PPO actor"


def test_a_team_plays_agent_by_agent(tmp_path: Path) -> None:
    path = tmp_path / "team.safetensors"
    policies = [MultiHeadPolicy(62, 8, 1, trunk=(8,), adapter=4, seed=seed) for seed in (1, 2)]
    for policy in policies:
        policy.scale_means(5.0)
    task = SideTask(name="Ant", environment="ant-empty")  # type: ignore[arg-type]
    settings = dict(agents=2, points=1, trajectories=2, k=1, noises=(1.0,), pretrain=PretrainSettings())
    save_team(path, Team(policies), SideTrainJob(task=task, method="kmyriad", seed=0, **settings), 100, 1.0)
    both = states(path)
    np.testing.assert_array_equal(states(path, heads=[1])[:, 0], both[:, 1])
    assert not np.array_equal(both[-1, 0], both[-1, 1])
    about = cast(path).about
    assert about.startswith(f"{path}: team of agents, kmyriad, ant-empty, agents 0, 1 of 2, git ")
    with pytest.raises(StageError, match=r"^agent 2 does not exist: .* has agents 0 .. 1$"):
        cast(path, heads=[2])
