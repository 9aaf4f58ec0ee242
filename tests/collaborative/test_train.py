"""The loop: what arms share, what a resumed run repeats, and what its rows say."""

import math
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save

import kmyriad
from kmyriad.collaborative.algorithms import LEARNERS, make_learner
from kmyriad.collaborative.learners.sac import Losses
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Space, Step
from kmyriad.collaborative.train import Block, CollaborativeTraining
from kmyriad.settings.collaborative.arm import ARMS, CollaborativeSettings, arm_settings

BASE = CollaborativeSettings.model_validate(
    {
        "agents": 2,
        "env_steps": 200,
        "seed_steps": 40,
        "updates_per_step": 0.25,
        "sac": {"actor": (8,), "critic": (8,), "batch": 16, "buffer": 600, "learning_rate": 1e-2},
        "reward": {"k": 3, "bank": 8, "encoder_widths": (8, 4), "learning_rate": 1e-2},
        "unroll": {"samples": 3},
        "evaluation": {"interval": 100, "episodes": 1, "classifier": (8,), "classifier_updates": 2},
    }
)


def changed(settings: CollaborativeSettings, **parts: dict[str, object]) -> CollaborativeSettings:
    dump = settings.model_dump()
    return CollaborativeSettings.model_validate(dump | {name: dump[name] | part for name, part in parts.items()})


def snapshot(training: CollaborativeTraining) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in training.state_dict().items()}


def timeless(block: Block) -> dict[str, object]:
    return {name: value for name, value in vars(block).items() if not name.startswith("seconds")}


def assert_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def run(settings: CollaborativeSettings, blocks: int = 2, seeds: tuple[int, ...] = (3, 4)) -> CollaborativeTraining:
    training = CollaborativeTraining("maze", settings, seeds)
    for _ in range(blocks):
        training.run_epoch()
    return training


RESUMED = {arm: arm_settings(arm, BASE) for arm in ARMS if arm not in ("dqn", "drq")}  # of pictures: test_dqn.py, test_drq.py
RESUMED["classifier"] = changed(BASE, evaluation={"how": "q_classifier"}, unroll={"how": "ucb"})
RESUMED["softmax"] = changed(BASE, evaluation={"how": "set_mean"}, unroll={"how": "softmax"}, reward={"encoder": "random"})


@pytest.mark.slow(2)
@pytest.mark.parametrize("name", RESUMED)
def test_a_resumed_run_ends_with_the_same_bytes(name: str) -> None:
    whole, stopped = (CollaborativeTraining("maze", RESUMED[name], (3, 4)) for _ in range(2))
    assert repr(timeless(whole.run_epoch())) == repr(timeless(stopped.run_epoch()))
    saved = save(stopped.state_dict())
    resumed = CollaborativeTraining("maze", RESUMED[name], (3, 4))
    resumed.load_state_dict(load(saved))
    assert repr(timeless(whole.run_epoch())) == repr(timeless(resumed.run_epoch()))
    assert_same(snapshot(whole), snapshot(resumed))
    # A quarter of an update a step from step 40 to 200; A2C one in 5 steps of 2 agents.
    assert whole.next_epoch == 2 and whole.updates == (16 if name == "a2c" else 40)


@pytest.mark.parametrize("learner", [learner for learner in LEARNERS if learner not in ("dqn", "drq")])
def test_a_learner_goes_on_from_its_state_alone(learner: str, random_batch) -> None:
    settings = BASE.model_copy(update={"learner": learner})
    # Other seeds: what the state forgets is not the same by chance.
    whole, resumed = (make_learner(Space(3, 2), settings, Streams(seeds)) for seeds in ((0, 1), (8, 9)))
    batch = random_batch(2, 2, 16, 3, 2, 0, torch.float32)
    batch = batch._replace(begin=torch.zeros_like(batch.step))
    noise = torch.randn(2, 2, 2, 16, 2, generator=torch.Generator().manual_seed(0))
    whole.update(batch, batch.reward, noise)
    resumed.load_state_dict({name: value.clone() for name, value in whole.state_dict().items()})
    for agents in (whole, resumed):
        agents.update(batch, batch.reward, noise)
    assert_same(whole.state_dict(), resumed.state_dict())
    assert all(bool(value.isfinite().all()) for value in whole.state_dict().values())


def learner_state(training: CollaborativeTraining) -> dict[str, torch.Tensor]:
    return {name: value for name, value in snapshot(training).items() if name.startswith(("learner.", "replay.", "pool."))}


@pytest.mark.parametrize("arm", ["sac", "replica"])
def test_lambda_0_is_plain_sac_bit_by_bit(arm: str) -> None:
    # Encoder, rewards and positives are computed, and change nothing.
    plain = arm_settings(arm, BASE)
    measured = changed(plain, reward={"measure": True, "weight": 1.0})
    assert_same(learner_state(run(plain)), learner_state(run(measured)))


def test_the_reward_does_change_something() -> None:
    one, other = (learner_state(run(arm_settings(arm, BASE)))["learner.actor.weights.0"] for arm in ("replica", "ce"))
    assert not torch.equal(one, other)


def test_two_agents_with_half_the_weight_have_one_reward_and_ego_has_not() -> None:
    # w = 1/N; seen by the intrinsic reward's mean over agents only, so look at the relabelled rewards.
    training = run(BASE, 1)
    batch = training.replay.sample(16, True, training._streams)
    found = training._novelty.rewards(batch, training.replay)
    torch.testing.assert_close(found[:, 0], found[:, 1])
    ego = run(arm_settings("ego", BASE), 1)
    found = ego._novelty.rewards(batch, ego.replay)
    assert (found[:, 0] - found[:, 1]).abs().max() > 0.01


def test_a_seed_draws_the_same_whatever_is_beside_it() -> None:
    # Before the first update nothing is rounded differently.
    random_only = BASE.model_copy(update={"seed_steps": 10**6})
    both, alone = run(random_only, 1), run(random_only, 1, (4,))
    for name, value in snapshot(alone).items():
        if name.startswith("replay.") and value.ndim > 1:
            assert torch.equal(snapshot(both)[name][1:], value), name


def test_rows_keep_task_and_intrinsic_reward_apart() -> None:
    training = CollaborativeTraining("maze", BASE, (3, 4))
    first, second = training.run_epoch(), training.run_epoch()
    assert (first.epoch, first.env_steps, second.env_steps) == (0, 100, 200)
    # A quarter of an update a step, from step 40 on.
    assert (first.updates, second.updates) == (15, 40)
    assert [row.seed for row in second.seeds] == [3, 4]
    for row in second.seeds:
        assert 0 <= row.task_return <= 1 and 0 <= row.evaluation <= 1
        assert -1 <= row.intrinsic_mean <= 1 and 0 < row.intrinsic_std <= 1
        assert row.temperature > 0 and row.encoder_loss > 0 and math.isfinite(row.critic_loss)
    assert second.evaluation == sum(row.evaluation for row in second.seeds) / 2
    plain = CollaborativeTraining("maze", arm_settings("replica", BASE), (3,)).run_epoch().seeds[0]
    assert math.isnan(plain.intrinsic_mean) and math.isnan(plain.encoder_loss)


def test_rewards_that_blow_up_are_reported() -> None:
    training = CollaborativeTraining("maze", BASE, (3, 4))
    training.learner.critic.weights[0].data[4:] = math.nan  # seed 4's
    with pytest.raises(RuntimeError, match="an action of seed 4 is no longer finite in block 0; .* kept: lower") as error:
        training.run_epoch()
    assert "\n" not in str(error.value)


class Ticking:
    """A task that pays 1 a step; the copies' episodes take 10 steps."""

    obs_dim, action_dim, horizon, num_envs = 2, 2, 10, 4

    def step(self, actions: torch.Tensor) -> Step:
        self.time = getattr(self, "time", 0) + 1
        obs, ones = torch.rand(4, 2), torch.ones(4)
        return Step(obs, ones, ones, ones > 0 if self.time % 10 == 0 else ones < 0, obs)


def test_returns_and_relabelled_rewards(monkeypatch: pytest.MonkeyPatch) -> None:
    training, seen = CollaborativeTraining("maze", BASE, (3, 4)), []
    update = training.learner.update
    monkeypatch.setattr(training, "_pool", Ticking())
    monkeypatch.setattr(training._novelty, "rewards", lambda batch, replay: -0.5 * batch.reward.expand(-1, 2, -1))
    monkeypatch.setattr(
        training.learner, "update", lambda batch, reward, noise: (seen.append(reward), update(batch, reward, noise))[1]
    )
    rows = training.run_epoch().seeds
    assert [row.task_return for row in rows] == [10.0, 10.0]
    assert [row.intrinsic_mean for row in rows] == [-0.5, -0.5]
    # r + lambda R = 1 - 0.2 / 2
    torch.testing.assert_close(torch.stack(seen), torch.full((15, 2, 2, 16), 0.9))


def test_no_seeds() -> None:
    with pytest.raises(ValueError, match="no seeds: give at least one"):
        CollaborativeTraining("maze", BASE, ())


def test_returns_go_on_after_a_resumption() -> None:
    one, other = (CollaborativeTraining("maze", BASE, (3, 4)) for _ in range(2))
    one._return += torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    other.load_state_dict(snapshot(one))
    assert torch.equal(other._return, one._return)


def test_losses_that_blow_up_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    training = CollaborativeTraining("maze", BASE, (3, 4))
    infinite = Losses(*[torch.full((2, 2), math.inf)] * 4)
    monkeypatch.setattr(training.learner, "update", lambda *_: infinite)
    with pytest.raises(RuntimeError, match="critic_loss of seed 3 is no longer finite in block 0"):
        training.run_epoch()


@pytest.mark.slow(8)
@pytest.mark.skipif(find_spec("dm_control") is None, reason="dm_control is not installed: pip install dm-control==1.0.50")
@pytest.mark.filterwarnings("ignore")  # the suite's own
def test_a_run_resumed_within_an_episode_ends_with_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    # Blocks of 50 vector steps, episodes of 125.
    monkeypatch.setenv("MUJOCO_GL", "disabled")
    settings = BASE.model_copy(update={"repeat": 8})
    whole, resumed = (CollaborativeTraining("fish-swim", settings, (3,)) for _ in range(2))
    for _ in range(3):
        whole.run_epoch()
    resumed.load_state_dict(snapshot(whole))
    assert repr(timeless(whole.run_epoch())) == repr(timeless(resumed.run_epoch()))
    assert_same(snapshot(whole), snapshot(resumed))


@pytest.mark.slow(5)
def test_importing_the_package_loads_nothing_large() -> None:
    late = ("dm_control", "mujoco", "pandas", "matplotlib", "scipy.spatial", "gymnasium")
    script = f"import sys, kmyriad.collaborative, kmyriad.collaborative.train; print(*(n for n in {late} if n in sys.modules))"
    root = Path(kmyriad.__file__).parents[1]
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert found.stdout.split() == []
