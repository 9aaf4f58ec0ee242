"""MinAtar and Atari: real games follow their seeds, DQN's arms train on them, and what does not fit is one line."""

import importlib.util
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from kmyriad.collaborative.tasks.by_name import check_packages, check_training, make_pool
from kmyriad.collaborative.tasks.games import Games
from kmyriad.collaborative.tasks.minatar import HORIZON, MinAtarGame
from kmyriad.collaborative.tasks.pool import Picture
from kmyriad.collaborative.tasks.required import PACKAGES
from kmyriad.collaborative.train import Block, CollaborativeTraining
from kmyriad.pipeline.configure import configure
from kmyriad.settings.collaborative.arm import CollaborativeSettings, arm_settings
from kmyriad.settings.collaborative.study import FIG_13, CollaborativeStudy
from kmyriad.settings.collaborative.tasks import ATARI, GAMES, MINATAR
from kmyriad.settings.errors import ConfigError


def needs(*modules: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not all(map(importlib.util.find_spec, modules)), reason=f"pip install -e '.[games]' for {modules}")


needs_minatar, needs_atari = needs("minatar"), needs("ale_py", "cv2")
BASE = CollaborativeSettings.model_validate(
    {
        "agents": 2,
        "learner": "dqn",
        "env_steps": 200,
        "seed_steps": 40,
        "updates_per_step": 0.25,
        "sac": {"critic": (8,), "batch": 16, "buffer": 600, "learning_rate": 1e-2},
        "dqn": {"convolutions": ((4, 3, 1),), "target_period": 7, "epsilon_steps": 50},
        "reward": {"k": 3, "bank": 8, "encoder_widths": (8, 4), "learning_rate": 1e-2},
        "evaluation": {"interval": 100, "episodes": 1},
    }
)
TINY_ATARI = CollaborativeSettings.model_validate(
    BASE.model_dump() | {"dqn": {}, "sac": BASE.sac.model_dump() | {"batch": 4}, "updates_per_step": 0.05}
)


def seed_of(place: int, episode: int) -> int:
    return 1000 * place + episode


def played(task: str, steps: int, copies: int = 2) -> tuple[Games, list[torch.Tensor]]:
    pool = make_pool(task, copies)
    seen, generator = [pool.reset(seed_of)], torch.Generator().manual_seed(0)
    for _ in range(steps):
        step = pool.step(torch.randint(pool.choices, (copies, 1), generator=generator))
        seen += [step.next_obs, step.obs, step.reward, step.mask, step.ended]
    return pool, seen


@needs_minatar
@pytest.mark.parametrize(("task", "choices", "planes"), [("breakout", 3, 4), ("asterix", 5, 4), ("space_invaders", 4, 6)])
def test_minatar_follows_its_seeds(task: str, choices: int, planes: int) -> None:
    (pool, one), (_, other) = played(f"minatar-{task}", 150), played(f"minatar-{task}", 150)
    assert (pool.choices, pool.picture) == (choices, Picture(planes, 10, 10))
    assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))
    ended, masks = torch.stack(one[5::5]), torch.stack(one[4::5])
    # Episodes end in random play, at a loss: nothing comes after.
    assert ended.any() and torch.equal(masks, (~ended).float())
    assert one[0].dtype == torch.uint8 and set(one[1].unique().tolist()) == {0, 1}
    resumed = make_pool(f"minatar-{task}", 2)
    assert torch.equal(resumed.load_state_dict(pool.state_dict(), seed_of), one[-4])
    actions = torch.randint(choices, (20, 2, 1), generator=torch.Generator().manual_seed(1))
    for action in actions:
        assert all(torch.equal(*pair) for pair in zip(pool.step(action), resumed.step(action), strict=True))


@needs_minatar
def test_an_episode_of_minatar_does_not_depend_on_the_one_before() -> None:
    fresh, used = MinAtarGame("breakout"), MinAtarGame("breakout")
    used.reset(7)
    used.act(2)  # sticky actions would repeat it
    for game in (fresh, used):
        game.reset(3)
    for _ in range(40):
        one, other = fresh.act(0), used.act(0)
        assert (one.obs == other.obs).all() and one[1:] == other[1:]


@needs_minatar
def test_a_time_limit_is_no_termination(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kmyriad.collaborative.tasks.minatar.HORIZON", 3)
    pool, left = make_pool("minatar-space_invaders", 1), torch.ones(1, 1, dtype=torch.int64)
    first = pool.reset(seed_of)
    steps = [pool.step(left) for _ in range(3)]
    assert [step.ended.item() for step in steps] == [False, False, True] and [step.mask.item() for step in steps] == [1, 1, 1]
    # The game has begun again, the afterstate is that of the end.
    assert torch.equal(steps[-1].obs, first) and not torch.equal(steps[-1].next_obs, first) and pool._episodes == [1]
    assert HORIZON == 5000


@pytest.mark.slow(3)
@needs_atari
def test_atari_has_the_dqn_papers_pictures() -> None:
    pool, seen = played("atari-breakout", 60, 1)
    assert (pool.choices, pool.picture, pool.horizon) == (4, Picture(1, 84, 84, 4, 1 / 255), 27_000)
    first, frames = seen[0].view(4, 84, 84), [obs.view(4, 84, 84) for obs in seen[1::5]]
    assert all(torch.equal(first[0], frame) for frame in first)  # nothing came before
    for before, after in zip([first, *frames], frames, strict=False):
        assert torch.equal(before[1:], after[:3])
    # The ball moves and the score is dark or light.
    assert not torch.equal(frames[-1][3], frames[-2][3]) and frames[0].max() > 100
    resumed = make_pool("atari-breakout", 1)
    assert torch.equal(resumed.load_state_dict(pool.state_dict(), seed_of), seen[-4])


def timeless(block: Block) -> str:
    return repr({name: value for name, value in vars(block).items() if not name.startswith("seconds")})


def snapshot(training: CollaborativeTraining) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in training.state_dict().items()}


def differing(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> list[str]:
    return [name for name in one.keys() | other.keys() if not torch.equal(one[name], other[name])]


@needs_minatar
@pytest.mark.parametrize("arm", [*FIG_13, "independent", "ego"])
def test_a_resumed_run_ends_with_the_same_bytes(arm: str) -> None:
    settings = arm_settings(arm, BASE)
    whole, resumed = (CollaborativeTraining("minatar-breakout", settings, (3, 4)) for _ in range(2))
    whole.run_epoch()
    resumed.load_state_dict(snapshot(whole))
    assert timeless(whole.run_epoch()) == timeless(resumed.run_epoch())
    assert differing(snapshot(whole), snapshot(resumed)) == []
    assert whole.updates == 40 and whole.replay.read("obs", *[torch.zeros(2, 1, dtype=torch.int64)] * 2).is_floating_point()


@pytest.mark.slow(6)
@needs_atari
def test_atari_trains_and_resumes() -> None:
    settings = arm_settings("shift", TINY_ATARI).model_copy(update={"env_steps": 100})
    make: Callable[[], CollaborativeTraining] = lambda: CollaborativeTraining("atari-beam_rider", settings, (3,))  # noqa: E731
    whole, resumed = make(), make()
    whole._evaluator._pool.horizon = resumed._evaluator._pool.horizon = 5
    whole.run_epoch()
    resumed.load_state_dict(snapshot(whole))
    assert timeless(whole.run_epoch()) == timeless(resumed.run_epoch())
    assert differing(snapshot(whole), snapshot(resumed)) == []


@needs_minatar
@pytest.mark.parametrize("arm", ["dqn", "replica"])
def test_lambda_0_is_plain_dqn_bit_by_bit(arm: str) -> None:
    plain = arm_settings(arm, BASE)
    reward = plain.reward.model_copy(update={"measure": True, "weight": 1.0})
    states = []
    for settings in (plain, plain.model_copy(update={"reward": reward})):
        training = CollaborativeTraining("minatar-breakout", settings, (3,))
        block = training.run_epoch()
        states.append({name: value for name, value in snapshot(training).items() if name.startswith(("learner.", "replay."))})
    assert differing(*states) == [] and -1 <= block.seeds[0].intrinsic_mean <= 1
    ce = CollaborativeTraining("minatar-breakout", arm_settings("ce", BASE), (3,))
    ce.run_epoch()
    assert arm == "dqn" or differing({"": states[0]["learner.critic.kernels.0"]}, {"": snapshot(ce)["learner.critic.kernels.0"]})


@needs_minatar
def test_a_shift_adds_lambda_to_every_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, list[torch.Tensor]] = {"ce": [], "shift": []}

    def recording(update: Callable[..., object], rewards: list[torch.Tensor]) -> Callable[..., object]:
        return lambda batch, reward, noise: (rewards.append(reward), update(batch, reward, noise))[1]

    for arm, rewards in seen.items():
        training = CollaborativeTraining("minatar-breakout", arm_settings(arm, BASE), (3,))
        monkeypatch.setattr(training.learner, "update", recording(training.learner.update, rewards))
        training.run_epoch()
    torch.testing.assert_close(seen["shift"][0] - seen["ce"][0], torch.full((1, 2, 16), 0.2))


SAC = CollaborativeSettings()
SHIFTED = arm_settings("shift")


@pytest.mark.parametrize(
    ("task", "settings", "message"),
    [
        (
            "minatar-breakout",
            SAC,
            "minatar-breakout are choices, those of learner = sac continuous: set learner to dqn",
        ),
        ("atari-breakout", arm_settings("sac", BASE), "those of learner = sac continuous"),
        ("hopper-hop", BASE, "the actions of hopper-hop are continuous, those of learner = dqn choices: take another learner"),
        ("maze", BASE, "the actions of maze are continuous"),
        ("hopper-hop", SHIFTED, "reward.shift = 1 changes nothing in hopper-hop, which ends at its time limit only: set it to 0"),
        ("minatar-breakout", BASE.model_copy(update={"repeat": 4}), "repeat = 4: minatar-breakout has its own number of frames"),
        ("minatar-breakot", BASE, "unknown task 'minatar-breakot'; did you mean 'minatar-breakout'"),
    ],
)
def test_what_does_not_fit_stops_before_any_job(task: str, settings: CollaborativeSettings, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        check_training(task, settings)
    assert "\n" not in str(error.value)
    check_training("maze", SHIFTED)
    check_training("minatar-breakout", arm_settings("shift", BASE))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unroll": {"how": "ucb"}}, "learner = dqn chooses by its own Q: set unroll.how to own and evaluation.how to first or"),
        ({"evaluation": {"interval": 100, "how": "softmax"}}, "set unroll.how to own and evaluation.how to first or set_mean"),
        ({"reward": {"kind": "rnd"}}, "learner = dqn with reward.kind = rnd is not built: set it to knn"),
    ],
)
def test_settings_that_dqn_has_not(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CollaborativeSettings.model_validate(BASE.model_dump() | change)


def test_missing_packages_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kmyriad.collaborative.tasks.required.find_spec", lambda module: None)
    with pytest.raises(ImportError, match=r"needs ale_py, cv2, not installed; run: pip install ale-py==0.12.1 opencv-python"):
        check_packages("atari-breakout")
    blocks = {"blocks": [{"tasks": ["minatar-breakout"], "arms": ["dqn"], "settings": BASE.model_dump() | {"env_steps": 1000}}]}
    raw = {"environments": ["ant-maze"], "collaborative": blocks}
    with pytest.raises(ConfigError, match="blocks: the task needs minatar, not installed; run: pip install minatar==1.0.15"):
        configure(raw)
    configure({**raw, "beside": []})
    check_packages("maze")


def test_the_extra_installs_what_the_messages_name() -> None:
    extras = tomllib.loads(Path("pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert sorted(PACKAGES.values()) == sorted(extras["games"]) and set(extras["games"]) <= set(extras["test"])


def test_the_papers_four_games_are_in_the_paper_scale() -> None:
    entries = CollaborativeStudy().entries()
    assert {(task, arm) for task, arm in entries if task in GAMES} == {(task, arm) for task in ATARI for arm in FIG_13}
    settings = entries["atari-beam_rider", "ce"].settings
    # D.7: 5e6 steps, evaluated each 2e5, smoothed over 5.
    assert (settings.env_steps, settings.evaluation.interval, settings.evaluation.last) == (5_000_000, 200_000, 5)
    assert (settings.agents, entries["atari-beam_rider", "dqn"].settings.agents, settings.updates_per_step) == (4, 1, 0.25)
    assert set(MINATAR.values()) == {"asterix", "breakout", "space_invaders"}
