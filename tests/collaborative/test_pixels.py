"""The suite seen by a camera: pictures follow their seeds, DrQ's arms train on them, and what does not fit is one line."""

from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from kmyriad.collaborative.tasks import by_name
from kmyriad.collaborative.tasks.by_name import check_training, make_pool
from kmyriad.collaborative.tasks.control_suite import ControlSuite
from kmyriad.collaborative.tasks.pixels import Pixels, grey
from kmyriad.collaborative.tasks.pool import Picture
from kmyriad.collaborative.train import Block, CollaborativeTraining
from kmyriad.envs.opengl import OpenGLError, check_opengl_elsewhere
from kmyriad.pipeline.configure import configure
from kmyriad.settings.collaborative.arm import CollaborativeSettings, arm_settings
from kmyriad.settings.collaborative.drq import DrqSettings
from kmyriad.settings.collaborative.study import FIG_4, CollaborativeStudy
from kmyriad.settings.collaborative.tasks import PIXELS
from kmyriad.settings.errors import ConfigError

TASK = "pixels-cartpole-swingup"
BASE = CollaborativeSettings.model_validate(
    {
        "agents": 2,
        "learner": "drq",
        "repeat": 100,
        "env_steps": 60,
        "seed_steps": 20,
        "updates_per_step": 0.25,
        "sac": {"actor": (8,), "critic": (8,), "batch": 8, "buffer": 60, "learning_rate": 1e-2},
        "drq": {"size": 16, "grey": True, "convolutions": ((4, 3, 2),), "latent": 4, "refresh": 7},
        "reward": {"k": 3, "bank": 8, "skip": 1, "encoder_widths": (8, 4), "learning_rate": 1e-2},
        "rnd": {"widths": (8,)},
        "evaluation": {"interval": 30, "episodes": 1},
    }
)
needs_dm_control = pytest.mark.skipif(find_spec("dm_control") is None, reason="pip install dm-control==1.0.50")
drawn = pytest.mark.usefixtures("opengl", "_no_other_renderer")


@pytest.fixture
def _no_other_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the workflow does: dm_control loads no renderer of its own."""
    monkeypatch.setenv("MUJOCO_GL", "disabled")


@pytest.fixture
def _libraries_loaded(_no_other_renderer: None) -> None:
    """What refuses an unknown MUJOCO_GL at its import, in the process of a test that sets one, is imported."""
    for name in ("mujoco", "dm_control.suite"):
        if find_spec(name.partition(".")[0]):
            import_module(name)


def seed_of(place: int, episode: int) -> int:
    return 1000 * place + episode


def actions_of(steps: int) -> torch.Tensor:
    return 2 * torch.rand(steps, 2, 1, generator=torch.Generator().manual_seed(0)) - 1


@needs_dm_control
@drawn
def test_pictures_follow_seeds_and_stack_within_an_episode() -> None:
    settings = DrqSettings(size=16, stack=3)
    pool, again = (make_pool(TASK, 2, 250, settings) for _ in range(2))
    plain = ControlSuite("cartpole-swingup", 2, 250)
    assert (pool.horizon, pool.picture, pool.obs_dim) == (4, Picture(3, 16, 16, 3, 1 / 255), 2304)
    first, other = pool.reset(seed_of).view(2, 3, 768), again.reset(seed_of)
    plain.reset(seed_of)
    assert torch.equal(first.flatten(1), other) and first.dtype == torch.uint8
    assert torch.equal(first[:, 0], first[:, 2])  # nothing came before
    before = first
    for time, action in enumerate(actions_of(6)):
        step, same, features = pool.step(action), again.step(action), plain.step(action)
        assert all(torch.equal(*pair) for pair in zip(step, same, strict=True))
        # The task is the one that is known by its features.
        assert all(torch.equal(*pair) for pair in zip(step[1:4], features[1:4], strict=True))
        after = step.next_obs.view(2, 3, 768)
        assert torch.equal(after[:, :2], before[:, 1:]) and not torch.equal(after[:, 2], after[:, 1])
        assert not torch.equal(after[0], after[1])  # other actions
        before, ended = step.obs.view(2, 3, 768), time == 3
        # After the end the next episode's first frame counts three times.
        assert torch.equal(before, before[:, :1].expand_as(before)) if ended else torch.equal(before, after)
    resumed = make_pool(TASK, 2, 250, settings)
    assert torch.equal(resumed.load_state_dict(pool.state_dict(), seed_of), step.obs)
    for action in actions_of(3):
        assert all(torch.equal(*pair) for pair in zip(pool.step(action), resumed.step(action), strict=True))


@needs_dm_control
@drawn
def test_the_cart_is_upright_and_in_the_middle_and_the_floor_is_low() -> None:
    pool = make_pool(TASK, 1, 8, DrqSettings(size=48, grey=True, stack=1))
    frame = pool.reset(seed_of).view(48, 48).int()
    # Nothing is above the slider's rail but the pole, whose end hangs or stands near the middle; sky is left out.
    assert frame[:10].max() == 0 and frame[-8:].min() > 0
    rows, columns = (frame[:32] > 150).nonzero(as_tuple=True)
    assert 20 < rows.median() < 28 and 12 < columns.float().mean() < 36


def test_grey_by_hand() -> None:
    # 0.299 * 100 + 0.587 * 50 + 0.114 * 200 = 82.05, and white stays white.
    colours = np.array([[[[100, 255]], [[50, 255]], [[200, 255]]]], np.uint8)
    assert grey(colours).tolist() == [[[[82, 255]]]]


def timeless(block: Block) -> str:
    return repr({name: value for name, value in vars(block).items() if not name.startswith("seconds")})


def snapshot(training: CollaborativeTraining) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in training.state_dict().items()}


def differing(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> list[str]:
    return [name for name in one.keys() | other.keys() if not torch.equal(one[name], other[name])]


@pytest.mark.slow(2)
@needs_dm_control
@drawn
@pytest.mark.parametrize("arm", ["drq", "rnd_replica", "sunrise", "ce"])
def test_a_resumed_run_ends_with_the_same_bytes(arm: str) -> None:
    # Blocks of 15 vector steps (30 of one agent), episodes of 10.
    settings = arm_settings(arm, BASE)
    whole, resumed = (CollaborativeTraining(TASK, settings, (3, 4)) for _ in range(2))
    whole.run_epoch()
    resumed.load_state_dict(snapshot(whole))
    assert timeless(whole.run_epoch()) == timeless(resumed.run_epoch())
    assert differing(snapshot(whole), snapshot(resumed)) == []
    assert whole.updates == 10 and whole.replay.state_dict()["obs"].dtype == torch.uint8
    assert whole.replay.state_dict()["action"].is_floating_point()


@needs_dm_control
@drawn
@pytest.mark.parametrize("arm", ["drq", "replica"])
def test_lambda_0_is_plain_drq_bit_by_bit(arm: str) -> None:
    plain = arm_settings(arm, BASE)
    reward = plain.reward.model_copy(update={"measure": True, "weight": 1.0})
    states = []
    for settings in (plain, plain.model_copy(update={"reward": reward}), plain):
        training = CollaborativeTraining(TASK, settings, (3,))
        training.run_epoch()
        states.append({name: value for name, value in snapshot(training).items() if name.startswith(("learner.", "replay."))})
    # Measured, it changes nothing; and the same seed makes the same bytes.
    assert differing(states[0], states[1]) == [] == differing(states[0], states[2])
    other, ce = CollaborativeTraining(TASK, plain, (4,)), CollaborativeTraining(TASK, arm_settings("ce", BASE), (3,))
    other.run_epoch()
    ce.run_epoch()
    learned, seen = "learner.critic.encoder.kernels.0", "replay.obs"
    assert not torch.equal(states[0][learned], snapshot(other)[learned]) and not torch.equal(
        states[0][seen], snapshot(other)[seen]
    )
    assert arm == "drq" or not torch.equal(states[0][learned], snapshot(ce)[learned])


@pytest.mark.parametrize(
    ("task", "settings", "message"),
    [
        (TASK, CollaborativeSettings(), "are pictures, which learner = sac does not see: set learner to drq in the settings and"),
        (TASK, CollaborativeSettings(), "take the arms drq, replica, rnd, sunrise, ce"),
        (TASK, CollaborativeSettings(learner="dqn"), f"the actions of {TASK} are continuous, those of learner = dqn choices"),
        ("hopper-hop", BASE, "the observations of hopper-hop are no pictures .* as learner = drq sees: take another learner, or"),
        ("minatar-breakout", BASE.model_copy(update={"repeat": 1}), "the actions of minatar-breakout are choices, those of"),
        (TASK, BASE.model_copy(update={"repeat": 3}), "repeat = 3 does not divide the 1000 simulator steps of an episode"),
        (TASK, arm_settings("shift", BASE), f"reward.shift = 1 changes nothing in {TASK}, which ends at its time limit only"),
        (
            TASK,
            BASE.model_copy(update={"reward": BASE.reward.model_copy(update={"kind": "diayn"})}),
            "reward.kind = diayn is not built for the pictures of pixels-cartpole-swingup: set it to knn or rnd",
        ),
        (
            TASK,
            BASE.model_copy(update={"evaluation": BASE.evaluation.model_copy(update={"how": "q_classifier"})}),
            "evaluation.how = q_classifier sees no pictures such as those of .*: set it to first or softmax",
        ),
        (
            TASK,
            BASE.model_copy(update={"drq": DrqSettings(size=16)}),
            "a picture of 16 pixels is 1 wide before the convolution with the kernel 3: take smaller kernels or strides in",
        ),
        ("pixels-cartpole-swingupp", BASE, "unknown task 'pixels-cartpole-swingupp'; did you mean 'pixels-cartpole-swingup'"),
    ],
)
def test_what_does_not_fit_stops_before_any_job(task: str, settings: CollaborativeSettings, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        check_training(task, settings)
    assert "\n" not in str(error.value)
    for arm in (*FIG_4, "ego", "rnd_ce"):
        check_training(TASK, arm_settings(arm, BASE))


@pytest.mark.usefixtures("_libraries_loaded")
def test_without_opengl_no_job_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = {"blocks": [{"tasks": [TASK], "arms": ["drq"], "settings": BASE.model_dump() | {"env_steps": 600}}]}
    raw = {"environments": ["ant-maze"], "collaborative": blocks}
    monkeypatch.setenv("MUJOCO_GL", "osmosa")
    check_opengl_elsewhere.cache_clear()
    with pytest.raises(ConfigError, match=r"blocks: cannot draw: .* by way of 'osmosa' .* run: apt-get install libegl1") as error:
        configure(raw)
    assert "\n" not in str(error.value)
    check_opengl_elsewhere.cache_clear()
    configure({**raw, "beside": []})  # a scale without pictures needs none
    monkeypatch.setattr(by_name, "check_opengl_elsewhere", lambda: None)
    configure(raw)


@needs_dm_control
@pytest.mark.usefixtures("opengl", "_libraries_loaded")
def test_a_job_without_opengl_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "osmosa")
    with pytest.raises(OpenGLError, match="no OpenGL by way of 'osmosa'"):
        Pixels(TASK, 1, 8, Picture(3, 16, 16))


def test_four_tasks_of_the_suite_are_in_the_paper_scale() -> None:
    entries = CollaborativeStudy().entries()
    tasks = {task for task, _ in entries if task in PIXELS}
    assert {(task, arm) for task, arm in entries if task in PIXELS} == {(task, arm) for task in tasks for arm in FIG_4}
    assert len(tasks) == 4
    for task in tasks:
        settings = entries[task, "ce"].settings
        assert (settings.agents, entries[task, "drq"].settings.agents, settings.learner) == (2, 1, "drq")
        assert settings.drq == DrqSettings() and settings.sac.initial_temperature == 0.1
