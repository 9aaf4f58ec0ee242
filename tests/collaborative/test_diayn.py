"""DIAYN: rewards at known discriminators, skills that follow from episodes, two phases, same bytes after resuming."""

import math
from dataclasses import asdict

import pytest
import torch

from kmyriad.collaborative.intrinsic.diayn import Diayn, SkilledPool
from kmyriad.collaborative.meter import Meter
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.by_name import make_pool
from kmyriad.collaborative.train import CollaborativeTraining
from kmyriad.settings.collaborative.acting import EvaluationSettings
from kmyriad.settings.collaborative.arm import CollaborativeSettings, arm_settings
from kmyriad.settings.collaborative.baselines import DiaynSettings

SMALL = DiaynSettings(skills=4, widths=(16,), learning_rate=1e-2)


def watched(learned: list[torch.Tensor], learner):
    """Return the learner's update, which also notes the rewards it is given."""
    update = learner.update

    def noting(batch, reward, noise):
        learned.append(reward)
        return update(batch, reward, noise)

    return noting


def seed_of(place: int, episode: int) -> int:
    return 10 * episode + place


def with_skills(batch, skills: torch.Tensor):
    """Return the batch with a skill in the last 4 features of its afterstates."""
    return batch._replace(next_obs=torch.cat([batch.next_obs, torch.nn.functional.one_hot(skills, 4).float()], -1))


def test_an_undecided_discriminator_rewards_nothing_and_a_sure_one_log_n(random_batch) -> None:
    diayn = Diayn(7, 2, SMALL, Streams((0, 1)))
    batch = with_skills(random_batch(2, 1, 8, 3, 1, 0, torch.float32), torch.full((2, 1, 8), 2))
    for parameter in diayn._network.parameters():
        parameter.data.zero_()
    torch.testing.assert_close(diayn.rewards(batch, None), torch.zeros(2, 2, 8))
    diayn._network.biases[-1].data[..., 2] = math.log(3)  # q = 3 / 6
    torch.testing.assert_close(diayn.rewards(batch, None), torch.full((2, 2, 8), math.log(2)))
    diayn._network.biases[-1].data[..., 2] = 100
    torch.testing.assert_close(diayn.rewards(batch, None), torch.full((2, 2, 8), math.log(4)))


def test_the_discriminator_learns_which_skill_is_where_and_does_not_see_it(random_batch) -> None:
    diayn = Diayn(7, 1, SMALL, Streams((0, 1)))
    batch = random_batch(2, 1, 256, 3, 1, 0, torch.float32)
    quadrant = (batch.next_obs[..., 0] > 0).long() + 2 * (batch.next_obs[..., 1] > 0)
    told, untold = with_skills(batch, quadrant), with_skills(batch, torch.randint(4, (2, 1, 256)))
    losses = [diayn.learn(told, None, None) for _ in range(200)]
    assert bool((losses[-1] < 0.2).all()) and bool((losses[0] > 1).all())
    assert bool((diayn.rewards(told, None).mean(-1) > 1.1).all()) and bool((diayn.rewards(untold, None).mean(-1) < 0).all())


def test_skills_follow_from_episodes_and_change_with_them() -> None:
    plain, skilled = make_pool("maze", 3), SkilledPool(make_pool("maze", 3), 4)
    assert skilled.obs_dim == plain.obs_dim + 4
    obs = skilled.reset(seed_of)
    assert torch.equal(obs[:, :-4], plain.reset(seed_of))
    actions, episode = torch.zeros(3, plain.action_dim), torch.zeros(3, dtype=torch.int64)
    for _ in range(2 * plain.horizon + 1):
        assert obs[:, -4:].argmax(1).tolist() == [(10 * int(e) + place) % 4 for place, e in enumerate(episode)]
        step, bare = skilled.step(actions), plain.step(actions)
        assert torch.equal(step.next_obs[:, -4:], obs[:, -4:]) and torch.equal(step.next_obs[:, :-4], bare.next_obs)
        assert torch.equal(step.reward, bare.reward)
        episode, obs = episode + bare.ended, step.obs
    assert episode.tolist() == [2, 2, 2]
    resumed = SkilledPool(make_pool("maze", 3), 4)
    assert torch.equal(resumed.load_state_dict(skilled.state_dict(), seed_of), obs)
    for one, other in zip(resumed.step(actions), skilled.step(actions), strict=True):
        assert torch.equal(one, other)


BASE = CollaborativeSettings.model_validate(
    {
        "env_steps": 100,
        "seed_steps": 40,
        "sac": {"actor": (8,), "critic": (8,), "batch": 16, "buffer": 600},
        "reward": {"k": 3, "bank": 8},
        "evaluation": {"interval": 100, "episodes": 1},
        "diayn": SMALL.model_dump(),
    }
)


@pytest.mark.slow(2)
def test_the_arm_learns_skills_first_and_the_task_then() -> None:
    # 1e6 steps without the task's reward and 1e6 with it (Appendix C), an evaluation each 5000
    assert (arm_settings("diayn").blocks, arm_settings("diayn").pretrain_steps) == (400, 1_000_000)
    settings = arm_settings("diayn", BASE)
    assert (settings.blocks, settings.pretrain_steps, settings.agents) == (2, 100, 1)
    training = CollaborativeTraining("maze", settings, (3,))
    learned: list[torch.Tensor] = []
    training.learner.update = watched(learned, training.learner)
    assert training.run_epoch().seeds[0].encoder_loss > 0
    # The maze pays nothing but at its goals; all 60 updates have seen the intrinsic reward alone.
    assert len(learned) == 60 and all(each.abs().sum() > 0 for each in learned)
    row = training.run_epoch().seeds[0]
    # Fine-tuning begins with 40 seed steps of its own; the discriminator is done.
    assert training.updates == 120 and math.isnan(row.encoder_loss)
    assert training.learner.actor.weights[0].shape[1] == 6  # the maze's 2 and the skill's 4


def test_fine_tuning_keeps_the_actor_and_nothing_else() -> None:
    training = CollaborativeTraining("maze", arm_settings("diayn", BASE), (3,))
    training.run_epoch()
    before = {name: value.clone() for name, value in training.learner.state_dict().items()}
    training._vector_step(Meter(1))
    after = training.learner.state_dict()
    kept = {name for name in before if torch.equal(before[name], after[name])}
    actor = {name for name in before if name.startswith("actor.") and ".adam." not in name}
    # The critics' biases begin with 0, and a target was its critic then.
    assert kept >= actor and not any(name.startswith(("critic.weights", "target.weights")) for name in kept)
    assert all(not value.any() for name, value in after.items() if ".adam." in name)
    torch.testing.assert_close(after["temperature.log_alpha"], torch.zeros(1))
    for critic, target in zip(training.learner.critic.parameters(), training.learner.target.parameters(), strict=True):
        assert torch.equal(critic, target)
    for _ in range(40):
        training._vector_step(Meter(1))
    # What was collected before it is not drawn.
    assert training.replay.held == 141 and training.replay.readable == 41
    assert int(training.replay.sample(41, True, training._streams).step.min()) >= 100


@pytest.mark.slow(2)
def test_fine_tuning_goes_on_with_the_same_bytes() -> None:
    settings = arm_settings("diayn", BASE.model_copy(update={"evaluation": EvaluationSettings(interval=20, episodes=1)}))
    whole, resumed = (CollaborativeTraining("maze", settings, (3, 4)) for _ in range(2))
    for _ in range(8):
        whole.run_epoch()
    resumed.load_state_dict({name: value.clone() for name, value in whole.state_dict().items()})
    assert resumed.replay.age == 60
    rows = [[asdict(seed) for seed in training.run_epoch().seeds] for training in (whole, resumed)]
    assert str(rows[0]) == str(rows[1])
    assert all(torch.equal(value, resumed.state_dict()[name]) for name, value in whole.state_dict().items())


def test_other_learners_are_not_pre_trained() -> None:
    with pytest.raises(
        ValueError, match=r"pretrain_share = 0.5 goes on with the actors of sac, learner is dice: set it to 0 or 1"
    ):
        CollaborativeSettings.model_validate({"learner": "dice", "reward": {"pretrain_share": 0.5}})


@pytest.mark.parametrize("steps", [1, 5])
def test_a_saved_state_goes_on_with_the_same_bytes(steps: int, random_batch) -> None:
    batch = with_skills(random_batch(2, 1, 8, 3, 1, 0, torch.float32), torch.randint(4, (2, 1, 8)))
    whole, resumed = Diayn(7, 1, SMALL, Streams((0, 1))), Diayn(7, 1, SMALL, Streams((8, 9)))
    for _ in range(steps):
        whole.learn(batch, None, None)
    resumed.load_state_dict({name: value.clone() for name, value in whole.state_dict().items()})
    assert torch.equal(whole.learn(batch, None, None), resumed.learn(batch, None, None))
    states = whole.state_dict(), resumed.state_dict()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
