"""Tasks by name, and the DeepMind Control suite's: spaces, seeds, repeats, saved states."""

import importlib.util
import sys

import pytest
import torch

from kmyriad.collaborative.tasks.by_name import make_pool
from kmyriad.collaborative.tasks.pool import SUITE_STEPS
from kmyriad.settings.collaborative.tasks import CONTROL_SUITE, TASKS

needs_dm_control = pytest.mark.skipif(
    importlib.util.find_spec("dm_control") is None, reason="dm_control is not installed: pip install dm-control==1.0.50"
)


@pytest.fixture(autouse=True)
def _no_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "disabled")


def seed_of(place: int, episode: int) -> int:
    return 1000 * place + episode


def actions_of(steps: int, num_envs: int, action_dim: int) -> torch.Tensor:
    return 2 * torch.rand(steps, num_envs, action_dim, generator=torch.Generator().manual_seed(0)) - 1


def test_the_papers_tasks() -> None:
    assert len(CONTROL_SUITE) == 15 and set(CONTROL_SUITE) < set(TASKS)


@pytest.mark.parametrize(
    ("task", "settings", "message"),
    [
        ("pendulum-swing", {}, "unknown task 'pendulum-swing'; did you mean 'pendulum-swingup'"),
        ("maze", {"repeat": 2}, "repeat = 2: the maze has no simulator steps to repeat, set it to 1"),
    ],
)
def test_errors_are_one_line(task: str, settings: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        make_pool(task, 1, **settings)
    assert "\n" not in str(error.value)


def test_without_dm_control_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dm_control", None)
    monkeypatch.delitem(sys.modules, "dm_control.suite", raising=False)
    with pytest.raises(ImportError, match="install it with: pip install dm-control==1.0.50") as error:
        make_pool("pendulum-swingup", 1)
    assert "\n" not in str(error.value)


@pytest.mark.slow(3)
@needs_dm_control
@pytest.mark.filterwarnings("ignore")  # the suite's own
@pytest.mark.parametrize(("task", "obs_dim", "action_dim"), [("pendulum-swingup", 3, 1), ("fish-swim", 24, 5)])
def test_pools_follow_their_seeds_and_saved_states_go_on(task: str, obs_dim: int, action_dim: int) -> None:
    # The fish's target is no part of MuJoCo's state. 60 steps before, 60 after the first episode's end.
    first, second, third = (make_pool(task, 2, 8) for _ in range(3))
    assert (first.obs_dim, first.action_dim, first.horizon, first.num_envs) == (obs_dim, action_dim, 125, 2)
    assert first._envs[0]._step_limit == SUITE_STEPS
    actions = actions_of(190, 2, action_dim)
    assert torch.equal(first.reset(seed_of), second.reset(seed_of))
    for time, action in enumerate(actions[:130]):
        one, other = first.step(action), second.step(action)
        assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))
        assert one.ended.tolist() == [time == 124] * 2 and one.mask.tolist() == [1, 1]
        assert torch.equal(one.obs, one.next_obs) == (time != 124)
    assert torch.equal(third.load_state_dict(second.state_dict(), seed_of), one.obs)
    for action in actions[130:]:
        one, other = first.step(action), third.step(action)
        assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))
    assert one.next_obs.dtype == torch.float32 and one.next_obs.shape == (2, obs_dim)


@needs_dm_control
@pytest.mark.filterwarnings("ignore")
def test_seeds_and_episodes_differ() -> None:
    pool = make_pool("pendulum-swingup", 2, 8)
    start = pool.reset(seed_of)
    assert not torch.equal(start[0], start[1])
    for _ in range(125):
        step = pool.step(torch.zeros(2, 1))
    assert not torch.equal(step.obs, start)
    assert torch.equal(pool.reset(seed_of), start)


@needs_dm_control
@pytest.mark.filterwarnings("ignore")
def test_repeats_add_rewards_up() -> None:
    single, double = make_pool("cartpole-swingup_sparse", 1), make_pool("cartpole-swingup_sparse", 1, 2)
    reacher, twice = make_pool("hopper-stand", 1), make_pool("hopper-stand", 1, 2)
    for one, two in ((single, double), (reacher, twice)):
        one.reset(seed_of), two.reset(seed_of)
        for action in actions_of(20, 1, one.action_dim):
            steps = [one.step(action), one.step(action)]
            held = two.step(action)
            assert torch.equal(held.next_obs, steps[1].next_obs)
            torch.testing.assert_close(held.reward, steps[0].reward + steps[1].reward)


@needs_dm_control
@pytest.mark.filterwarnings("ignore")
def test_a_repeat_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="repeat = 3 does not divide the 1000 simulator steps of an episode"):
        make_pool("pendulum-swingup", 1, 3)
