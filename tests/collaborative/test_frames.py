"""Frames as bytes: what is read of the ring against a game's own stacks, over the ends of episodes and of the ring."""

import os

import pytest
import torch

from kmyriad.collaborative import frames
from kmyriad.collaborative.frames import FrameReplay
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Picture

STACK, SCALE = 4, 1 / 255
PICTURE = Picture(2, 1, 1, STACK, SCALE)
"""Frames of two bytes."""
LENGTHS = (1, 3, 7)
"""Steps of an episode of each agent."""


def frame(agent: int, episode: int, time: int) -> torch.Tensor:
    """The frame that the game shows after `time` steps of the episode, unlike all others."""
    return torch.tensor([100 * agent + episode, time])


def stack(agent: int, episode: int, time: int) -> torch.Tensor:
    """What Gymnasium's FrameStackObservation shows: the last four frames, the first one again before the beginning."""
    return torch.cat([frame(agent, episode, max(time - age, 0)) for age in reversed(range(STACK))]).to(torch.uint8)


def played(capacity: int, steps: int) -> FrameReplay:
    """The ring after all agents played `steps` steps; reward is the agent's step."""
    replay, agents = FrameReplay(1, 3, capacity, PICTURE), range(3)
    for step in range(steps):
        places = [divmod(step, LENGTHS[agent]) for agent in agents]
        now = torch.stack([stack(agent, *place) for agent, place in enumerate(places)])[None]
        after = torch.stack([stack(agent, episode, time + 1) for agent, (episode, time) in enumerate(places)])[None]
        ended = torch.tensor([[time == LENGTHS[agent] - 1 for agent, (_, time) in enumerate(places)]])
        action = torch.tensor([[[step % 5]] * 3])
        replay.add(now, action, torch.full((1, 3), float(step)), torch.ones(1, 3), after, ended)
    return replay


@pytest.mark.parametrize(("capacity", "steps"), [(40, 30), (20, 47)], ids=["not full", "gone round twice"])
def test_stacks_are_the_games_own(capacity: int, steps: int) -> None:
    replay, seen, streams = played(capacity, steps), set(), Streams((0,))
    for _ in range(30):
        batch = replay.sample(15, False, streams)
        for agent, step, obs, after, action in zip(
            batch.agent[0].flatten().tolist(),
            batch.step[0].flatten().tolist(),
            batch.obs[0].flatten(0, 1),
            batch.next_obs[0].flatten(0, 1),
            batch.action[0].flatten().tolist(),
            strict=True,
        ):
            episode, time = divmod(step, LENGTHS[agent])
            assert torch.equal(obs, stack(agent, episode, time) * SCALE)
            assert torch.equal(after, stack(agent, episode, time + 1) * SCALE)
            assert action == step % 5
            seen.add((agent, step))
    # The three oldest of a full ring have lost frames of their stacks.
    assert {step for _, step in seen} == set(range(steps - capacity + 3 if steps > capacity else 0, steps))


def test_bytes_come_back_as_they_were() -> None:
    replay = FrameReplay(1, 1, 2, Picture(256, 1, 1))
    every = torch.arange(256, dtype=torch.uint8).view(1, 1, 256)
    replay.add(every, torch.tensor([[[17]]]), torch.zeros(1, 1), torch.ones(1, 1), every.flip(-1), torch.zeros(1, 1) > 0)
    nobody, first = torch.zeros(1, 1, dtype=torch.int64), torch.zeros(1, 1, dtype=torch.int64)
    assert torch.equal(replay.read("obs", nobody, first)[0, 0], torch.arange(256.0))
    assert torch.equal(replay.read("next_obs", nobody, first)[0, 0], torch.arange(256.0).flip(0))
    assert replay.read("action", nobody, first).item() == 17
    assert {replay.state_dict()[name].dtype for name in ("obs", "next_obs", "action")} == {torch.uint8}


@pytest.mark.parametrize(("capacity", "steps"), [(40, 30), (20, 47)])
def test_the_bank_is_every_fifth_afterstate(capacity: int, steps: int) -> None:
    bank = played(capacity, steps).bank(3, 5)
    last = [step for step in range(steps) if step % 5 == 0][-3:]
    for agent in range(3):
        episodes = [divmod(step, LENGTHS[agent]) for step in last]
        expected = torch.stack([stack(agent, episode, time + 1) for episode, time in episodes]) * SCALE
        assert torch.equal(bank[0, agent], expected)


def test_positives_stay_in_their_episode() -> None:
    replay, streams = played(20, 47), Streams((0,))
    for _ in range(20):
        batch = replay.sample(30, True, streams)
        positives = (replay.positives(batch, 5, streams) / SCALE).round().long()
        episode = torch.tensor(LENGTHS)[batch.agent]
        assert torch.equal(positives[..., -2], 100 * batch.agent + batch.step // episode)
        delta = positives[..., -1] - (batch.step % episode + 1)
        assert (delta != 0).all() and (delta.abs() <= 5).all()


def test_a_saved_ring_goes_on() -> None:
    one, other = played(20, 47), FrameReplay(1, 3, 20, PICTURE)
    other.load_state_dict(one.state_dict())
    first, second = (replay.sample(30, True, Streams((0,))) for replay in (one, other))
    assert all(torch.equal(*pair) for pair in zip(first, second, strict=True))


def test_frames_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    # 2 frames x 5 seeds x 4 agents x 250,000 steps x 7056 bytes.
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**22}.get)
    with pytest.raises(ValueError, match="5 seeds x 1000000 transitions take 65.7 GiB, this machine has 16.0: lower") as error:
        FrameReplay(5, 4, 250_000, Picture(1, 84, 84, 4))
    assert "\n" not in str(error.value)
    (tmp_path / "memory.max").write_text("1000\n")
    monkeypatch.setattr(frames, "_LIMIT", tmp_path / "memory.max")
    with pytest.raises(ValueError, match="1 seeds x 300 transitions take 0.0 GiB"):
        FrameReplay(1, 1, 300, PICTURE)
