"""RND: errors that fall where it learned, running moments by hand, who learns from whose data, same bytes after resuming."""

import pytest
import torch
from safetensors.torch import load, save

from kmyriad.collaborative.intrinsic.rnd import Rnd
from kmyriad.collaborative.moments import Moments
from kmyriad.collaborative.streams import Streams
from kmyriad.settings.collaborative.arm import ARMS, arm_settings
from kmyriad.settings.collaborative.baselines import RndSettings

SMALL = RndSettings(widths=(16, 8), learning_rate=1e-2)


def of(how: str, agents: int = 2) -> Rnd:
    return Rnd(3, agents, SMALL.model_copy(update={"how": how}), Streams((0, 1)))


def test_running_moments_of_a_stream_by_hand() -> None:
    moments = Moments(1)
    assert (moments.mean.item(), moments.std.item()) == (0, 1)
    moments.add(torch.tensor([[1.0, 3.0]]), 1)
    assert (moments.mean.item(), moments.variance.item()) == (2, 1)
    moments.add(torch.tensor([[5.0, 5.0, 6.0]]), 1)
    # 1, 3, 5, 5, 6: mean 4, squared deviations 9 + 1 + 1 + 1 + 4 = 16
    torch.testing.assert_close(moments.mean, torch.tensor([4.0]).double())
    torch.testing.assert_close(moments.variance, torch.tensor([3.2]).double())


def test_errors_fall_on_states_seen_again_and_again(random_batch) -> None:
    seen, other = (random_batch(2, 1, 32, 3, 1, seed, torch.float32) for seed in (0, 1))
    rnd = of("one")
    losses = torch.stack([rnd.learn(seen, None, None) for _ in range(300)])
    assert losses.shape == (300, 2) and bool((losses[-1] < 0.01 * losses[0]).all())
    far = other._replace(next_obs=other.next_obs + 3)  # inside the clip
    assert bool((rnd.rewards(far, None).mean(-1) > 10 * rnd.rewards(seen, None).mean(-1)).all())


def test_rewards_are_errors_over_their_running_std(random_batch) -> None:
    batch = random_batch(2, 1, 64, 3, 1, 0, torch.float32)
    rnd = of("one")
    rnd.learn(batch, None, None)
    # The std is that of errors before the step, so freeze the network to see them again.
    frozen = of("one")
    frozen._optimisers["network"].learning_rate = 0.0
    frozen.learn(batch, None, None)
    found = frozen.rewards(batch, None)
    torch.testing.assert_close(found.std(-1, correction=0), torch.ones(2, 2), rtol=1e-5, atol=0)
    assert bool((found >= 0).all()) and torch.equal(found[:, 0], found[:, 1])


def test_observations_are_normalised_and_clipped(random_batch) -> None:
    batch = random_batch(2, 1, 64, 3, 1, 0, torch.float32)
    one, other = of("one"), of("one")
    one.learn(batch, None, None)
    other.learn(batch._replace(next_obs=100 * batch.next_obs - 7), None, None)
    state, same = torch.full((2, 1, 1, 3), 0.5), torch.full((2, 1, 1, 3), 43.0)
    torch.testing.assert_close(one.errors(state), other.errors(same), rtol=1e-3, atol=1e-6)
    assert torch.equal(one.errors(state + 1000), one.errors(state + 2000))


@pytest.mark.parametrize(("how", "networks"), [("one", 1), ("own", 2), ("each", 2)])
def test_who_learns_from_whose_data(how: str, networks: int, counting_replay, streams: Streams) -> None:
    # Agent 0's states are (g, 0, t), agent 1's (g, 1, t).
    replay, rnd = counting_replay(2, 2, 40, 30), of(how)
    batch = replay.sample(50, True, streams)
    rnd.learn(batch, replay, streams)
    seen = rnd._states.mean[..., 1]
    assert seen.shape == (2, networks)
    if how == "own":
        assert seen.tolist() == [[0, 1], [0, 1]]
    else:
        assert bool(((seen > 0.2) & (seen < 0.8)).all())
    rewards = rnd.rewards(batch, replay)
    assert rewards.shape == (2, 2, 50) and torch.equal(rewards[:, 0], rewards[:, 1]) is (how == "one")


@pytest.mark.parametrize("how", ["one", "own", "each"])
def test_agents_with_batches_of_their_own_get_those_rewards(how: str, counting_replay, streams: Streams) -> None:
    replay, rnd = counting_replay(2, 2, 40, 30), of(how)
    batch = replay.sample(8, False, streams)
    found = rnd.rewards(batch, replay)
    for agent in range(2):
        alone = type(batch)(*(value[:, agent : agent + 1] for value in batch))
        torch.testing.assert_close(found[:, agent], rnd.rewards(alone, replay)[:, agent])


@pytest.mark.parametrize("how", ["one", "own", "each"])
def test_a_saved_state_goes_on_with_the_same_bytes(how: str, counting_replay) -> None:
    replay, (one, other) = counting_replay(2, 2, 40, 30), (of(how), of(how))
    draws = [Streams((0, 1)), Streams((0, 1))]
    for round_ in range(2):
        for rnd, streams in zip((one, other), draws, strict=True):
            rnd.learn(replay.sample(8, True, streams), replay, streams)
        if not round_:
            resumed = of(how)
            resumed.load_state_dict(load(save(other.state_dict())))
            other = resumed
    states = one.state_dict(), other.state_dict()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0] | states[1])


def test_the_arms() -> None:
    settings = {arm: arm_settings(arm) for arm in ARMS if arm.startswith("rnd")}
    assert {arm: (each.agents, each.rnd.how) for arm, each in settings.items()} == {
        "rnd": (1, "one"),
        "rnd_replica": (4, "own"),
        "rnd_ce": (4, "one"),
        "rnd_each": (4, "each"),
    }
    assert all(each.reward.scale == 0.2 and each.sac.shared and each.rnd.clip == 5 for each in settings.values())
