"""Gymnasium's robots as a pool: their steps are Gymnasium's own, they start again one by one, and saved states go on."""

from collections.abc import Iterator

import gymnasium
import mujoco
import numpy as np
import pytest
import torch

from kmyriad.collaborative.gaits import COLUMNS, Walkers, gaits
from kmyriad.collaborative.learners.gaussian import TanhGaussian
from kmyriad.collaborative.tasks.by_name import make_pool
from kmyriad.settings.collaborative.tasks import GYMNASIUM, WALKERS

SHAPES = {"Ant-v5": (105, 8), "HalfCheetah-v5": (17, 6), "Hopper-v5": (11, 3), "Walker2d-v5": (17, 6)}


@pytest.fixture(autouse=True)
def _no_warnings_of_mujoco() -> Iterator[None]:
    """Of an attribute in Gymnasium's own model of the cheetah."""
    mujoco.set_mju_user_warning(lambda _: None)
    yield
    mujoco.set_mju_user_warning(None)


def seed_of(place: int, episode: int) -> int:
    return 100 * place + episode


def actions_of(steps: int, copies: int, dim: int) -> torch.Tensor:
    return 2 * torch.rand(steps, copies, dim, generator=torch.Generator().manual_seed(1)) - 1


@pytest.mark.parametrize("task", GYMNASIUM)
def test_shapes(task: str) -> None:
    pool = make_pool(task, 2)
    assert pool.reset(seed_of).shape == (2, SHAPES[task][0])
    assert (pool.obs_dim, pool.action_dim, pool.horizon) == (*SHAPES[task], 1000)


def test_a_copy_is_gymnasiums_environment_step_by_step() -> None:
    pool, peer = make_pool("Hopper-v5", 2), gymnasium.make("Hopper-v5")
    pool.reset(seed_of)
    obs, _ = peer.reset(seed=seed_of(1, 0))
    episodes = 0
    for actions in actions_of(80, 2, 3):
        step = pool.step(actions)
        obs, reward, terminated, truncated, _ = peer.step(actions[1].double().numpy())
        assert step.next_obs[1].tolist() == obs.astype(np.float32).tolist()
        assert float(step.reward[1]) == pytest.approx(float(reward), rel=1e-6)
        assert (bool(step.mask[1]), bool(step.ended[1])) == (not terminated, terminated or truncated)
        if terminated:
            episodes += 1
            obs, _ = peer.reset(seed=seed_of(1, episodes))
            assert step.obs[1].tolist() == obs.astype(np.float32).tolist()
    assert episodes > 1


def test_held_actions_add_their_rewards_up_and_stop_at_the_fall() -> None:
    single, held = make_pool("Hopper-v5", 1), make_pool("Hopper-v5", 1, repeat=4)
    single.reset(seed_of)
    held.reset(seed_of)
    assert held.horizon == 250
    ended = False
    for action in actions_of(20, 1, 3):
        step, rewards = held.step(action), []
        for _ in range(4):
            inner = single.step(action)
            rewards.append(float(inner.reward))
            if inner.ended:
                break
        ended |= bool(step.ended)
        assert float(step.reward) == pytest.approx(sum(rewards), rel=1e-6)
        assert torch.equal(step.next_obs, inner.next_obs)
    assert ended


def test_the_time_limit_ends_without_terminating() -> None:
    pool = make_pool("HalfCheetah-v5", 1, repeat=500)
    pool.reset(seed_of)
    last = [pool.step(torch.zeros(1, 6)) for _ in range(2)][-1]
    assert bool(last.ended) and float(last.mask) == 1
    assert not torch.equal(last.obs, last.next_obs)


@pytest.mark.parametrize("task", ["Walker2d-v5", "Ant-v5"])
def test_saved_states_go_on_with_the_same_bytes(task: str) -> None:
    pool, resumed = make_pool(task, 3), make_pool(task, 3)
    pool.reset(seed_of)
    actions = actions_of(60, 3, pool.action_dim)
    for action in actions[:40]:
        before = pool.step(action)
    assert torch.equal(resumed.load_state_dict(pool.state_dict(), seed_of), before.obs)
    for action in actions[40:]:
        ours, theirs = resumed.step(action), pool.step(action)
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_a_repeat_that_does_not_divide() -> None:
    with pytest.raises(ValueError, match="repeat = 3 does not divide the 1000 simulator steps of an episode"):
        make_pool("Hopper-v5", 1, repeat=3)


# --- key points and gaits


@pytest.mark.parametrize("task", WALKERS)
def test_key_points_of_a_robot_that_stands(task: str) -> None:
    pool = make_pool(task, 2)
    assert isinstance(pool, Walkers)
    pool.reset(seed_of)
    head, waist, foot = pool.points()[0]
    # Of the models, up to the noise of the start: a torso from 1.05 to 1.45 m, and a foot on the ground.
    assert head.tolist() == pytest.approx([0, 1.45], abs=0.02)
    assert waist.tolist() == pytest.approx([0, 1.05], abs=0.02)
    assert float(foot[1]) == pytest.approx(0.1, abs=0.02)


def test_a_robot_without_them_says_what_it_lacks() -> None:
    pool = make_pool("Ant-v5", 1)
    pool.reset(seed_of)
    with pytest.raises(ValueError, match="this robot has no foot_geom: key points are those of Hopper-v5 and Walker2d-v5"):
        pool.points()


class Constant(TanhGaussian):
    """Agents whose means differ: all components -0.2 for the first of a seed, 0.3 for the second."""

    agents = 2

    def policies(self, obs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean = torch.tensor([-0.2, 0.3])[None, :, None, None].expand(obs.shape[0], 2, obs.shape[2], 3)
        return mean, torch.zeros_like(mean)


def test_gaits_are_rows_until_an_episode_ends() -> None:
    found = gaits(Constant(), make_pool("Hopper-v5", 4), (3, 5), steps=200)
    assert tuple(found) == COLUMNS
    lengths = found.groupby(["seed", "agent"])["step"].agg(["min", "max", "size"])
    assert list(lengths.index) == [(3, 0), (3, 1), (5, 0), (5, 1)]
    assert (lengths["min"] == 0).all() and (lengths["size"] == lengths["max"] + 1).all(), "no row of a second episode"
    assert (lengths["size"] < 200).all(), "a hopper that holds still falls"
    starts = found[found["step"] == 0].set_index(["seed", "agent"]).drop(columns="step")
    assert starts.loc[3, 0].equals(starts.loc[3, 1]) and not starts.loc[3, 0].equals(starts.loc[5, 0])
    assert len(gaits(Constant(), make_pool("Hopper-v5", 4), (3, 5), steps=2)) == 8
